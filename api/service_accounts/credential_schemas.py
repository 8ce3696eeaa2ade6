"""The models of client credentials, with the typed form of each input."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from api.service_accounts.models import CredentialKind
from api.service_accounts.public_keys import ALGORITHMS, CURVES
from api.web.fields import (
    EXAMPLE_CLIENT_CREDENTIAL_ID,
    EXAMPLE_EXPIRY,
    EXAMPLE_ROOT_ID,
    EXAMPLE_SERVICE_ACCOUNT_ID,
    EXAMPLE_TIMESTAMP,
    Choices,
    DateTime,
    Enum,
    Identifier,
    List,
    Nested,
    String,
    StringList,
)
from api.web.schemas import Model, parse_timestamp

MAX_CREDENTIALS = 10  # of an account: one in use and its successor, for some programs
BASE64URL = "^[A-Za-z0-9_-]*$"
EXAMPLE_SECRET = "rb_client_Example0Example0Example0Example0Example0Exa0Example"  # noqa: S105
KIND = Choices(
    "ClientCredentialKind",
    CredentialKind,
    description="How a service account authenticates to get an access token",
)
KEY_TYPE = Choices("ClientKeyType", ALGORITHMS, description="The type of a key (RFC 7518, 6.1)")
KEY_CURVE = Choices("ClientKeyCurve", CURVES.values(), description="The curve of a key")
KEY_ALGORITHM = Choices(
    "ClientKeyAlgorithm",
    [name for names in ALGORITHMS.values() for name in names],
    description="An algorithm with which a program signs its assertions",
)
KEY_USE = Choices("ClientKeyUse", ["sig"], description="What a key is for (RFC 7517, 4.2)")
KEY_OPERATION = Choices(
    "ClientKeyOperation", ["verify"], description="What a key is used for (RFC 7517, 4.3)"
)


def base64url(max_length: int, description: str) -> String:
    return String(
        max_length=max_length, pattern=BASE64URL, description=f"{description}, in base64url"
    )


PUBLIC_KEY_MEMBERS = {
    "kty": Enum(KEY_TYPE, required=True, description="The type of the key (RFC 7518, 6.1)"),
    "crv": Enum(KEY_CURVE, description="The curve: `P-256` for `EC`, `Ed25519` for `OKP`"),
    "x": base64url(43, "The x coordinate for `EC`, or the public key for `OKP`"),
    "y": base64url(43, "The y coordinate for `EC`"),
    "n": base64url(684, "The modulus for `RSA`, of 2048 to 4096 bits"),
    "e": base64url(8, "The exponent for `RSA`, at least 65537"),
    "kid": String(
        max_length=128, description="The id that the program gives the key in its assertions"
    ),
    "alg": Enum(
        KEY_ALGORITHM,
        description="The only algorithm that the key is used with. Without it, an `RSA` key is "
        "used with `RS256` and `PS256`.",
    ),
    "use": Enum(KEY_USE, description="The key verifies signatures"),
}

JWK_EXAMPLE = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}

public_key = Model(
    "ClientPublicKey",
    PUBLIC_KEY_MEMBERS,
    description="A public key (RFC 7517) with which a service account signs its assertions.",
    example=JWK_EXAMPLE,
)

sent_public_key = Model(
    "SentClientPublicKey",
    {
        **PUBLIC_KEY_MEMBERS,
        "key_ops": StringList(
            Enum(KEY_OPERATION), max_items=1, description="What the key is for (RFC 7517, 4.3)"
        ),
    },
    description="A public key (RFC 7517): `EC` with P-256, `OKP` with Ed25519, or `RSA` with 2048 "
    "to 4096 bits. A private member such as `d` is rejected; other members that are not known are "
    "ignored (RFC 7517, 4).",
    example=JWK_EXAMPLE,
    also={"additionalProperties": True},
)


def credential_name(**keywords: bool) -> String:
    description = "The name by which you recognise the credential. It need not be unique."
    form: dict[str, Any] = {"max_length": 80, "min_length": 1, "format": "name"}
    return String(**form, description=description, **keywords)


CREDENTIAL_MEMBERS = {
    "id": Identifier(required=True, description="The id of the credential"),
    "kind": Enum(KIND, required=True, description="A client secret or a public key"),
    "name": credential_name(required=True),
    "last4": String(
        max_length=4,
        required=True,
        nullable=True,
        description="The last four characters of the secret; null for a public key",
    ),
    "public_key": Nested(public_key, description="The public key; left out for a secret"),
    "created_by": Identifier(
        required=True,
        nullable=True,
        description="The id of the user who created it; null for the operator with the command "
        "line",
    ),
    "created_at": DateTime(required=True, description="When it was created"),
    "expires_at": DateTime(
        required=True,
        nullable=True,
        description="From when on it is not accepted; null if it does not expire",
    ),
    "last_used_at": DateTime(
        required=True,
        nullable=True,
        description="When an access token was last issued for it; null if never",
    ),
}
CREDENTIAL_EXAMPLE = {
    "id": EXAMPLE_CLIENT_CREDENTIAL_ID,
    "kind": "client_secret",
    "name": "Secret of 2026",
    "last4": EXAMPLE_SECRET[-4:],
    "created_by": EXAMPLE_ROOT_ID,
    "created_at": EXAMPLE_TIMESTAMP,
    "expires_at": EXAMPLE_EXPIRY,
    "last_used_at": None,
}

client_credential = Model(
    "ClientCredential",
    CREDENTIAL_MEMBERS,
    description="What a service account authenticates with to get an access token.",
    example=CREDENTIAL_EXAMPLE,
)

client_credentials = Model(
    "ClientCredentials",
    {
        "items": List(
            client_credential,
            required=True,
            max_items=MAX_CREDENTIALS,
            description="The credentials, the oldest first",
        )
    },
    description="All client credentials of a service account.",
    example={"items": [CREDENTIAL_EXAMPLE]},
)

new_client_credential = Model(
    "NewClientCredential",
    {
        **CREDENTIAL_MEMBERS,
        "client_id": Identifier(
            required=True, description="The id of the service account, as OAuth 2.0 calls it"
        ),
        "client_secret": String(
            max_length=128,
            description="The secret, which is in this response only; left out for a public key",
        ),
    },
    description="A client credential that has just been created.",
    example={
        **CREDENTIAL_EXAMPLE,
        "client_id": EXAMPLE_SERVICE_ACCOUNT_ID,
        "client_secret": EXAMPLE_SECRET,
    },
)

client_credential_creation = Model(
    "ClientCredentialCreation",
    {
        "kind": Enum(
            KIND,
            required=True,
            description="`client_secret`: the service makes a secret. `public_key`: you send the "
            "public key, and the private key never leaves the program.",
        ),
        "name": credential_name(required=True),
        "public_key": Nested(sent_public_key, description="Only for the kind `public_key`"),
        "expires_at": DateTime(
            examples=[EXAMPLE_EXPIRY],
            nullable=True,
            description="From when on it is not accepted. Without it, it does not expire.",
        ),
    },
    description="A new client credential.",
    example={"kind": "client_secret", "name": "Secret of 2026"},
)


class ClientCredentialCreation(TypedDict):
    kind: str
    name: str
    public_key: NotRequired[Mapping[str, Any]]
    expires_at: NotRequired[str | None]


class PreparedCredential(TypedDict):
    """A new client credential whose public key was checked before the transaction."""

    kind: str
    name: str
    public_key: dict[str, str] | None
    expires_at: datetime | None


def read_expiry(given: ClientCredentialCreation) -> datetime | None:
    text = given.get("expires_at")
    return parse_timestamp(text) if text else None
