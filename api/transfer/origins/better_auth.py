"""Better Auth: the tables `user` and `account` as JSON, or joined as JSON or CSV."""

from typing import cast

from api.transfer.layouts import Columns, Layout
from api.transfer.origins.drafts import Draft, Origin, Record
from api.transfer.origins.joins import Join

COLUMNS: Columns = {
    "id": str,
    "name": str,
    "email": str,
    "emailVerified": str,
    "email_verified": str,
    "username": str,
    "displayUsername": str,
    "password": str,
    "createdAt": str,
    "created_at": str,
    "banned": str,
    "banReason": str,
    "role": str,
}
CREDENTIAL = "credential"  # the provider of accounts with a password


def map_user(draft: Draft) -> bool:
    draft.set_id(draft.take_text("id"))
    draft.set_names(
        email=draft.take_text("email"),
        username=draft.take_text("displayUsername", "username"),
        display_name=draft.take_text("name"),
    )
    draft.row["password_hash"] = draft.take_text("password") or _find_password(draft)
    draft.row["created_at"] = draft.take_timestamp("createdAt", default_offset="Z")
    reason = draft.take_text("banReason")
    if draft.take_boolean("banned"):
        draft.suspend(reason or "Banned in Better Auth")
    if draft.take_boolean("emailVerified") is False:
        draft.note("emailVerified", value=False)
    draft.keep("phoneNumber", "role", "banExpires")
    draft.ignore("image", "updatedAt", "phoneNumberVerified", "isAnonymous", "lastLoginMethod")
    if draft.take_boolean("twoFactorEnabled"):
        draft.lose("second factor")
    return True


def _find_password(draft: Draft) -> str | None:
    """Return the password of the account that has one, and count the accounts of other systems."""
    found = None
    for each in cast("list[Record]", draft.take_list("accounts", "account")):
        account = Draft(draft.origin, each)
        if account.take_text("providerId") == CREDENTIAL:
            found = account.take_text("password")
        else:
            draft.lose("accounts")
    return found


JOIN = Join("account", key="userId", kept=("providerId", "password"))
LAYOUT = Layout(COLUMNS, is_open=True, arrays=("users", "user"))
BETTER_AUTH = Origin("better-auth", LAYOUT, map_user)
