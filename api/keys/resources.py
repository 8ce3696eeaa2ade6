from dataclasses import dataclass
from functools import cached_property

from api.core.etags import make_version
from api.keys import schemas, service
from api.keys.pairs import JsonWebKey
from api.web.headers import cached
from api.web.restx import Namespace, Resource

ns = Namespace(
    "keys",
    path="/.well-known",
    description="The public keys with which other services verify access tokens (RFC 7517).",
)


@dataclass
class KeySet:
    keys: list[JsonWebKey]

    @cached_property
    def version(self) -> int:
        """Return a number that changes with the keys."""
        return make_version("".join(key.kid for key in self.keys))


@ns.route("/jwks.json")
class Keys(Resource):
    @ns.operation(
        "get_keys",
        response=schemas.key_set,
        public=True,
        versioned=True,
        headers=cached(service.VERIFIER_CACHE_SECONDS),
    )
    def get(self) -> KeySet:
        """Get the public keys that verify access tokens.

        They are the active key, the next key, and retired keys with tokens that have not expired.
        No token is needed. Cache the set for 300 seconds. If a token has a `kid` that you do not
        know, request the set again, but at most once a minute. A service that signs with a shared
        secret (HS256) publishes no key.
        """
        return KeySet([key.public_key for key in service.list_trusted()])
