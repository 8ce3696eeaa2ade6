from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

from api.keys import schemas, service
from api.web.headers import cached
from api.web.restx import Namespace, Resource

ns = Namespace("keys", path="/.well-known", description="What access tokens are verified with")


class JsonWebKey(NamedTuple):
    kid: str
    kty: str
    crv: str
    x: str
    y: str
    alg: str
    use: str


@dataclass
class KeySet:
    keys: list[JsonWebKey]

    @cached_property
    def version(self) -> int:
        """Return a number that differs whenever the keys do."""
        names = "".join(key.kid for key in self.keys).encode()
        return int.from_bytes(blake2b(names, digest_size=6).digest())


@ns.route("/jwks.json")
class Keys(Resource):
    @ns.operation(
        "get_keys",
        response=schemas.key_set,
        public=True,
        versioned=True,
        headers=cached(service.CACHED_SECONDS),
    )
    def get(self) -> KeySet:
        """Read the keys that access tokens are verified with.

        They are the one that signs, the one that will sign next, and those whose tokens have not
        all expired. Where the service signs with a shared secret (HS256), there are none.
        """
        return KeySet([JsonWebKey(**key.public_key) for key in service.trusted()])
