// Uses the OAuth endpoints as oauth4webapi documents it. Arguments: the module, the issuer, the client id, the secret,
// the private key (a JWK), the audience.
const [module, issuerUrl, client_id, secret, jwk, audience] = process.argv.slice(2);
const oauth = await import(module);

const http = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(issuerUrl);
const client = { client_id };
const found = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...http });
const as = await oauth.processDiscoveryResponse(issuer, found);
const key = await crypto.subtle.importKey("jwk", JSON.parse(jwk), { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);

const methods = {
  client_secret_basic: oauth.ClientSecretBasic(secret),
  client_secret_post: oauth.ClientSecretPost(secret),
  private_key_jwt: oauth.PrivateKeyJwt(key),
};

for (const [name, authenticate] of Object.entries(methods)) {
  const parameters = new URLSearchParams({ scope: "users:read" });
  const answer = await oauth.clientCredentialsGrantRequest(as, client, authenticate, parameters, http);
  const token = await oauth.processClientCredentialsResponse(as, client, answer);

  const asked = await oauth.introspectionRequest(as, client, authenticate, token.access_token, http);
  const state = await oauth.processIntrospectionResponse(as, client, asked);

  const request = new Request(`${issuerUrl}/api/users`, { headers: { authorization: `Bearer ${token.access_token}` } });
  const claims = await oauth.validateJwtAccessToken(as, request, audience, http);

  const revoked = await oauth.revocationRequest(as, client, authenticate, token.access_token, http);
  await oauth.processRevocationResponse(revoked);
  const later = await oauth.introspectionRequest(as, client, authenticate, token.access_token, http);
  const ended = await oauth.processIntrospectionResponse(as, client, later);

  console.log(JSON.stringify([name, token.scope, state.active, state.client_id, claims.sub, ended.active]));
}

try {
  const wrong = await oauth.clientCredentialsGrantRequest(as, client, oauth.ClientSecretPost("x"), {}, http);
  await oauth.processClientCredentialsResponse(as, client, wrong);
} catch (error) {
  console.log(JSON.stringify([error.name, error.cause?.[0]?.scheme ?? error.error]));
}
