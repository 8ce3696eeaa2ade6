"""Better Auth: the tables `user` and `account` as JSON, or joined as JSON or CSV."""

import re
from typing import cast

from api.transfer.layouts import Columns, Layout
from api.transfer.origins.drafts import Draft, Origin, Record, is_in_future
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
# The e-mail address of anonymous users, which receives no mail.
GENERATED_EMAIL = re.compile(r"temp-[a-z0-9]{32}@|temp@[a-z0-9]{32}\.", re.IGNORECASE)
CREDENTIAL = "credential"  # the provider of accounts with a password


def map_user(draft: Draft) -> bool:
    draft.set_id(draft.take_text("id"))
    email, is_anonymous = draft.take_text("email"), draft.take_boolean("isAnonymous")
    draft.set_names(
        email=None if is_anonymous or GENERATED_EMAIL.match(email or "") else email,
        username=draft.take_text("displayUsername", "username"),
        display_name=draft.take_text("name"),
    )
    draft.row["password_hash"] = draft.take_text("password") or _find_password(draft)
    draft.row["created_at"] = draft.take_timestamp("createdAt", default_offset="Z")
    reason = draft.take_text("banReason")
    ends = draft.take_timestamp("banExpires", default_offset="Z")
    if draft.take_boolean("banned") and (ends is None or is_in_future(ends)):
        draft.suspend(reason or "Banned in Better Auth")
        draft.note("banExpires", ends)
    draft.row["email_verified"] = draft.take_boolean("emailVerified")
    draft.keep("phoneNumber", "role")
    draft.ignore("updatedAt")
    draft.lose_flags("phoneNumberVerified")
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
KNOWN_BY = ("account", "accounts", "displayUsername", "banExpires", "twoFactorEnabled")
COMMON = ("emailVerified", "createdAt", "password")
BETTER_AUTH = Origin("better-auth", LAYOUT, map_user, KNOWN_BY, COMMON)
