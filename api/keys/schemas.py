from api.web.fields import Choice, Many, Text
from api.web.shapes import Model

COORDINATE = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
THUMBPRINT = "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"

key = Model(
    "Key",
    {
        "kid": Text(longest=64, required=True, description="Named by the header of a token"),
        "kty": Choice(["EC"], required=True),
        "crv": Choice(["P-256"], required=True),
        "x": Text(longest=43, required=True),
        "y": Text(longest=43, required=True),
        "alg": Choice(["ES256"], required=True),
        "use": Choice(["sig"], required=True),
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

key_set = Model("KeySet", {"keys": Many(key, required=True)})
