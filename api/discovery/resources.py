from flask import Flask

from api.discovery import schemas, service
from api.discovery.service import ResourceMetadata, ServerMetadata
from api.keys.service import VERIFIER_CACHE_SECONDS
from api.web.headers import cached
from api.web.restx import Namespace, Resource

OAUTH_PATH = "/.well-known/oauth-authorization-server"
OPENID_PATH = "/.well-known/openid-configuration"
RESOURCE_PATH = "/.well-known/oauth-protected-resource"
PATHS = {OAUTH_PATH: "oauth_metadata", OPENID_PATH: "openid_metadata"}  # to their endpoints

ns = Namespace(
    "discovery",
    path="/",
    description="What this server offers, as metadata that OAuth and OpenID Connect libraries "
    "read.",
)


@ns.route(OAUTH_PATH, endpoint=PATHS[OAUTH_PATH])
class OAuthMetadata(Resource):
    @ns.operation(
        "get_oauth_metadata",
        response=schemas.metadata,
        public=True,
        versioned=True,
        headers=cached(VERIFIER_CACHE_SECONDS),
    )
    def get(self) -> ServerMetadata:
        """Get the metadata of the authorization server (RFC 8414).

        Libraries for OAuth 2.0 read it to find the keys and the endpoints. No token is needed. If
        the issuer (JWT_ISSUER) has a path, the same document is also found with that path at the
        end of this one. It may be cached for 300 seconds.
        """
        return service.get_metadata()


@ns.route(OPENID_PATH, endpoint=PATHS[OPENID_PATH])
class OpenIdMetadata(Resource):
    @ns.operation(
        "get_openid_metadata",
        response=schemas.metadata,
        public=True,
        versioned=True,
        headers=cached(VERIFIER_CACHE_SECONDS),
    )
    def get(self) -> ServerMetadata:
        """Get the same metadata where OpenID Connect clients look for it.

        Gateways that begin with an issuer find the keys here. Rollbook issues no ID tokens and has
        no authorization endpoint, so an OpenID Connect login cannot begin with it. If the issuer
        (JWT_ISSUER) has a path, the same document is also found with that path before this one.
        """
        return service.get_metadata()


@ns.route(RESOURCE_PATH, endpoint="resource_metadata")
class ProtectedResourceMetadata(Resource):
    @ns.operation(
        "get_resource_metadata",
        response=schemas.resource_metadata,
        public=True,
        versioned=True,
        headers=cached(VERIFIER_CACHE_SECONDS),
    )
    def get(self) -> ResourceMetadata:
        """Get the metadata of this API as a protected resource (RFC 9728).

        A client that has only the URL of the API learns here whose access tokens it accepts, and
        how to send them. The metadata of that issuer has the rest. No token is needed. The document
        may be cached for 300 seconds. If PUBLIC_BASE_URL has a path, clients look for the document
        with that path at its end.
        """
        return service.get_resource_metadata()


def serve_further_paths(app: Flask, *, issuer: str, resource: str) -> None:
    """Serve the metadata also at the paths that follow from the path of issuer and resource."""
    documents = {path: (issuer, endpoint) for path, endpoint in PATHS.items()}
    documents[RESOURCE_PATH] = (resource, "resource_metadata")
    for well_known, (url, endpoint) in documents.items():
        for path in service.list_issuer_paths(url, well_known):
            app.add_url_rule(path, endpoint=endpoint)
