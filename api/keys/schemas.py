from api.keys.pairs import ALGORITHMS, THUMBPRINT_MEMBERS
from api.web.fields import Enum, List, String
from api.web.schemas import Model

COORDINATE = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
THUMBPRINT = "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"

key = Model(
    "Key",
    {
        "kid": String(
            max_length=64,
            required=True,
            description="The id of the key, which tokens name in their header: its thumbprint (RFC "
            "7638)",
        ),
        "kty": Enum(
            THUMBPRINT_MEMBERS, required=True, description="The type of the key (RFC 7518, 6.1)"
        ),
        "alg": Enum(
            ALGORITHMS, required=True, description="The only algorithm that the key is used with"
        ),
        "use": Enum(["sig"], required=True, description="The key verifies signatures"),
        "crv": Enum(["P-256", "Ed25519"], description="The curve, for `EC` and `OKP`"),
        "x": String(
            max_length=43,
            description="The x coordinate for `EC`, or the public key for `OKP`, in base64url",
        ),
        "y": String(max_length=43, description="The y coordinate for `EC`, in base64url"),
        "n": String(max_length=1024, description="The modulus for `RSA`, in base64url"),
        "e": String(max_length=8, description="The exponent for `RSA`, in base64url"),
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
    {
        "keys": List(
            key,
            max_items=100,
            required=True,
            description="The keys that may have signed a valid token; none with HS256",
        )
    },
    description="A JSON Web Key Set (RFC 7517, 5).",
    example={"keys": [key.also["examples"][0]]},
)
