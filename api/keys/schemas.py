from api.keys.pairs import ALGORITHMS, THUMBPRINT_MEMBERS
from api.web.fields import Enum, List, String
from api.web.schemas import Model

COORDINATE = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
THUMBPRINT = "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"

key = Model(
    "Key",
    {
        "kid": String(max_length=64, required=True, description="The `kid` of the token header"),
        "kty": Enum(THUMBPRINT_MEMBERS, required=True),
        "alg": Enum(ALGORITHMS, required=True),
        "use": Enum(["sig"], required=True),
        "crv": Enum(["P-256", "Ed25519"], description="Of `EC` and `OKP`"),
        "x": String(max_length=43, description="Of `EC` and `OKP`"),
        "y": String(max_length=43, description="Of `EC`"),
        "n": String(max_length=1024, description="Of `RSA`"),
        "e": String(max_length=8, description="Of `RSA`"),
    },
    description="A public key (RFC 7517). It verifies tokens of its own `alg` only.",
    example={
        "kid": THUMBPRINT,
        "kty": "EC",
        "alg": "ES256",
        "use": "sig",
        "crv": "P-256",
        "x": COORDINATE,
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    },
)

key_set = Model(
    "KeySet",
    {"keys": List(key, required=True)},
    example={"keys": [key.also["examples"][0]]},
)
