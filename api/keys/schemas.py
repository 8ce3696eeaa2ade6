from api.web.fields import Enum, List, String
from api.web.schemas import Model

COORDINATE = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
THUMBPRINT = "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"

key = Model(
    "Key",
    {
        "kid": String(max_length=64, required=True, description="The `kid` of the token header"),
        "kty": Enum(["EC"], required=True),
        "crv": Enum(["P-256"], required=True),
        "x": String(max_length=43, required=True),
        "y": String(max_length=43, required=True),
        "alg": Enum(["ES256"], required=True),
        "use": Enum(["sig"], required=True),
    },
    description="A public key (RFC 7517)",
    example={
        "kid": THUMBPRINT,
        "kty": "EC",
        "crv": "P-256",
        "x": COORDINATE,
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "alg": "ES256",
        "use": "sig",
    },
)

key_set = Model("KeySet", {"keys": List(key, required=True)})
