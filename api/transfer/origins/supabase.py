"""Supabase: the table `auth.users` as CSV, or as one JSON object per row."""

from api.core import json_reader
from api.transfer.layouts import Columns, Layout
from api.transfer.origins.drafts import Draft, Origin, Record, is_in_future

COLUMNS: Columns = {
    "id": str,
    "email": str,
    "encrypted_password": str,
    "email_confirmed_at": str,
    "raw_app_meta_data": json_reader.read,
    "raw_user_meta_data": json_reader.read,
    "phone": str,
    "created_at": str,
    "banned_until": str,
    "deleted_at": str,
    "is_sso_user": str,
    "is_anonymous": str,
    "is_super_admin": str,
}
NAMES = ("full_name", "name", "display_name")
UNUSED = (
    "instance_id",
    "aud",
    "role",
    "confirmed_at",
    "invited_at",
    "updated_at",
    "confirmation_token",
    "confirmation_sent_at",
    "recovery_token",
    "recovery_sent_at",
    "email_change",
    "email_change_token_new",
    "email_change_token_current",
    "email_change_confirm_status",
    "email_change_sent_at",
    "phone_change",
    "phone_change_token",
    "phone_change_sent_at",
    "reauthentication_token",
    "reauthentication_sent_at",
    "is_anonymous",
)


def map_user(draft: Draft) -> bool:
    draft.set_id(draft.take_text("id"))
    user_metadata = draft.take_mapping("raw_user_meta_data")
    draft.set_names(email=draft.take_text("email"), display_name=_find_name(user_metadata))
    draft.row["user_metadata"] = user_metadata
    draft.app_metadata = dict(draft.take_mapping("raw_app_meta_data"))
    draft.row["password_hash"] = draft.take_text("encrypted_password")
    draft.row["created_at"] = draft.take_timestamp("created_at")
    draft.row["deleted_at"] = draft.take_timestamp("deleted_at")
    draft.row["email_verified"] = draft.take("email_confirmed_at") is not None
    banned_until = draft.take_timestamp("banned_until")
    if banned_until and is_in_future(banned_until):
        draft.suspend(f"Banned in Supabase until {banned_until}")
    if draft.take_boolean("is_sso_user"):
        draft.lose("is_sso_user")
    if draft.take_boolean("is_super_admin"):
        draft.note("is_super_admin", value=True)
    draft.keep("phone")
    draft.ignore(*UNUSED)
    return True


def _find_name(user_metadata: Record) -> str | None:
    found = (user_metadata.get(name) for name in NAMES)
    return next((name for name in found if isinstance(name, str) and name), None)


LAYOUT = Layout(COLUMNS, required=("encrypted_password",), is_open=True)
KNOWN_BY = ("encrypted_password", "raw_user_meta_data", "instance_id")
SUPABASE = Origin("supabase", LAYOUT, map_user, KNOWN_BY, keeps_ids=True)
