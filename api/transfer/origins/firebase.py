"""Firebase Authentication: `firebase auth:export` as JSON, or as CSV without a header."""

from api.core import json_reader
from api.passwords.imported import make_firebase_text
from api.transfer.layouts import Columns, Layout
from api.transfer.origins.drafts import Draft, Origin

PROVIDERS = ("google", "facebook", "twitter", "github")
HEADER = (
    "localId",
    "email",
    "emailVerified",
    "passwordHash",
    "salt",
    "displayName",
    "photoUrl",
    *(
        f"{provider}{member}"
        for provider in PROVIDERS
        for member in ("Id", "Email", "DisplayName", "PhotoUrl")
    ),
    "createdAt",
    "lastSignedInAt",
    "phoneNumber",
    "disabled",
    "customAttributes",
)
COLUMNS: Columns = {
    **dict.fromkeys(HEADER, str),
    "emailVerified": str,
    "disabled": str,
    "customAttributes": json_reader.read,
}


def map_user(draft: Draft) -> bool:
    draft.set_id(draft.take_text("localId"))
    draft.set_names(email=draft.take_text("email"), display_name=draft.take_text("displayName"))
    draft.row["created_at"] = draft.take_timestamp("createdAt")
    password_hash, salt = draft.take_text("passwordHash"), draft.take_text("salt")
    if password_hash:
        draft.row["password_hash"] = make_firebase_text(password_hash, salt or "")
    if draft.take_boolean("disabled"):
        draft.suspend("Disabled in Firebase")
    draft.row["email_verified"] = draft.take_boolean("emailVerified")
    draft.keep("phoneNumber")
    claims = draft.take("customAttributes")
    draft.note("customAttributes", _read_claims(claims))
    draft.ignore("lastRefreshAt", "validSince", "version", "passwordUpdatedAt", "customAuth")
    _lose_identities(draft)
    return True


def _read_claims(claims: object) -> object:
    """Return the custom claims, which the JSON export has as a text."""
    try:
        return json_reader.read(claims) if isinstance(claims, str) else claims
    except ValueError:
        return claims


def _lose_identities(draft: Draft) -> None:
    for provider in PROVIDERS:
        draft.ignore(f"{provider}Email", f"{provider}DisplayName", f"{provider}PhotoUrl")
        if draft.take(f"{provider}Id"):
            draft.lose("providerUserInfo")
    if draft.take_list("providerUserInfo"):
        draft.lose("providerUserInfo")


LAYOUT = Layout(COLUMNS, is_open=True, header=HEADER)
FIREBASE = Origin("firebase", LAYOUT, map_user, ("localId",))
