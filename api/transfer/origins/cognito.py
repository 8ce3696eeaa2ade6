"""Amazon Cognito: `aws cognito-idp list-users` as JSON, or CSV with its columns for an import."""

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


def map_user(draft: Draft) -> bool:
    for attribute in draft.take_list("Attributes", "UserAttributes"):
        if isinstance(attribute, dict):
            draft.members[str(attribute.get("Name")).casefold().replace("_", "")] = (
                str(attribute.get("Name")),
                attribute.get("Value"),
            )
    cognito_name = draft.take_text("Username", "cognito:username")
    sub = draft.take_text("sub")
    preferred = draft.take_text("preferred_username")
    draft.set_id(sub or cognito_name)
    given, family = draft.take_text("given_name"), draft.take_text("family_name")
    draft.set_names(
        email=draft.take_text("email"),
        username=preferred or (cognito_name if cognito_name != sub else None),
        display_name=draft.take_text("name") or join_names(given, family),
    )
    draft.row["created_at"] = draft.take_timestamp("UserCreateDate")
    if draft.take_boolean("Enabled") is False:
        draft.suspend("Disabled in Amazon Cognito")
    _keep_attributes(draft)
    return True


def _keep_attributes(draft: Draft) -> None:
    if draft.take_boolean("email_verified") is False:
        draft.note("email_verified", value=False)
    status = draft.take_text("UserStatus")
    draft.note("UserStatus", status if status != CONFIRMED else None)
    draft.keep(*KEPT)
    draft.keep(*(name for name, _ in list(draft.members.values()) if name.startswith("custom:")))
    draft.ignore("updated_at", "UserLastModifiedDate", "picture", "profile", "nickname")
    draft.ignore("middle_name", "phone_number_verified")
    has_factor = draft.take_boolean("cognito:mfa_enabled") or draft.take_list("MFAOptions")
    if has_factor or draft.take_list("UserMFASettingList"):
        draft.lose("second factor")
    if draft.take("identities"):
        draft.lose("identities")


LAYOUT = Layout(COLUMNS, required=("cognito:username",), is_open=True)
COGNITO = Origin("cognito", LAYOUT, map_user, keeps_ids=True)
