"""Amazon Cognito: `aws cognito-idp list-users` as JSON, or CSV with its columns for an import."""

import re

from api.transfer.layouts import Columns, Layout
from api.transfer.origins.drafts import Draft, Origin, join_names

ATTRIBUTES = (
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
)
COLUMNS: Columns = {
    **dict.fromkeys(ATTRIBUTES, str),
    "email_verified": str,
    "phone_number_verified": str,
    "cognito:mfa_enabled": str,
    "cognito:username": str,
    "sub": str,
}
KEPT = ("gender", "birthdate", "zoneinfo", "locale", "phone_number", "address", "website")
CONFIRMED = "CONFIRMED"
OF_PROVIDER = re.compile(r"(?:Google|Facebook|LoginWithAmazon|SignInWithApple)_", re.IGNORECASE)


def map_user(draft: Draft) -> bool:
    for attribute in draft.take_list("Attributes", "UserAttributes"):
        if isinstance(attribute, dict):
            draft.add({str(attribute.get("Name")): attribute.get("Value")})
    cognito_name = draft.take_text("Username", "cognito:username")
    sub = draft.take_text("sub")
    preferred = draft.take_text("preferred_username")
    draft.set_id(sub or cognito_name)
    given, family = draft.take_text("given_name"), draft.take_text("family_name")
    draft.set_names(
        email=draft.take_text("email"),
        username=preferred or (None if _is_generated(cognito_name, sub) else cognito_name),
        display_name=draft.take_text("name") or join_names(given, family),
    )
    draft.row["created_at"] = draft.take_timestamp("UserCreateDate")
    if draft.take_boolean("Enabled") is False:
        draft.suspend("Disabled in Amazon Cognito")
    _keep_attributes(draft)
    return True


def _is_generated(name: str | None, sub: str | None) -> bool:
    """Return whether Cognito made a username: the sub, or the id at another provider."""
    return name == sub or bool(name and OF_PROVIDER.match(name))


def _keep_attributes(draft: Draft) -> None:
    draft.row["email_verified"] = draft.take_boolean("email_verified")
    status = draft.take_text("UserStatus")
    draft.note("UserStatus", status if status != CONFIRMED else None)
    draft.keep(*KEPT)
    draft.keep(*(name for name, _ in list(draft.members.values()) if name.startswith("custom:")))
    draft.ignore("updated_at", "UserLastModifiedDate")
    draft.lose_flags("phone_number_verified")
    has_factor = draft.take_boolean("cognito:mfa_enabled") or draft.take_list("MFAOptions")
    if has_factor or draft.take_list("UserMFASettingList"):
        draft.lose("second factor")
    if draft.take("identities"):
        draft.lose("identities")


LAYOUT = Layout(COLUMNS, required=("cognito:username",), is_open=True)
KNOWN_BY = ("cognito:username", "UserStatus", "UserCreateDate")
COGNITO = Origin("cognito", LAYOUT, map_user, KNOWN_BY, keeps_ids=True)
