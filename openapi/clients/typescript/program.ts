/** Give a program an API key: node program.ts URL ADMINISTRATOR PASSWORD. */

import { createMyApiKey, listRoles, listUsers, revokeMyApiKey } from "./rollbook/index.ts";
import type { CreatedApiKey } from "./rollbook/index.ts";
import { connect, Login } from "./session.ts";

/** Create a key with which a program can list users, and nothing else. */
async function createKey({ client }: Login): Promise<CreatedApiKey> {
  const expires = new Date(Date.now() + 90 * 86_400_000);
  const body = {
    name: "Nightly report",
    scopes: ["users:read" as const],
    expires_at: expires.toISOString(),
  };
  const { data } = await createMyApiKey({ client, body, throwOnError: true });
  return data;
}

/** Use the key. A program has no login, so nothing is refreshed. */
async function useKey(url: string, apiKey: string): Promise<void> {
  const client = connect(url, apiKey);
  const { data: page } = await listUsers({ client, throwOnError: true });
  console.log(`the program lists users: ${page.items.length > 0}`);
  const { error } = await listRoles({ client });
  console.log(`the program lacks ${error?.permission}`);
}

async function useRevokedKey(url: string, apiKey: string): Promise<void> {
  const { error } = await listUsers({ client: connect(url, apiKey) });
  console.log(`the key is not valid: ${error?.error}`);
}

const [url = "", administrator = "", password = ""] = process.argv.slice(2);
const login = await Login.withPassword(url, administrator, password);
const { id, key } = await createKey(login);
await useKey(url, key);
await revokeMyApiKey({ client: login.client, path: { key_id: id }, throwOnError: true });
await useRevokedKey(url, key);
