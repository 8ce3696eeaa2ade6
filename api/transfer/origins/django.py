"""Django: the table `auth_user` as CSV or JSON, or `manage.py dumpdata auth.user`."""

from api.transfer.layouts import Columns, Layout
from api.transfer.origins.drafts import Draft, Origin, join_names

COLUMNS: Columns = {
    "id": str,
    "password": str,
    "username": str,
    "email": str,
    "first_name": str,
    "last_name": str,
    "is_active": str,
    "is_staff": str,
    "is_superuser": str,
    "date_joined": str,
}
UNUSABLE = "!"  # a password that no user has


def map_user(draft: Draft) -> bool:
    external_id = draft.take_text("pk", "id")
    fields = draft.take_mapping("fields")
    if fields:  # of dumpdata, which may have objects of other models
        if "password" not in fields:
            return False
        draft.members.clear()
        draft.add(fields)
    draft.set_id(external_id)
    given, family = draft.take_text("first_name"), draft.take_text("last_name")
    draft.set_names(
        email=draft.take_text("email"),
        username=draft.take_text("username"),
        display_name=join_names(given, family),
    )
    _set_password(draft)
    draft.row["created_at"] = draft.take_timestamp("date_joined", default_offset="Z")
    if draft.take_boolean("is_active") is False:
        draft.suspend("Not active in Django")
    for name in ("is_staff", "is_superuser"):
        if draft.take_boolean(name):
            draft.note(name, value=True)
    draft.keep("groups", "user_permissions")
    return True


def _set_password(draft: Draft) -> None:
    password_hash = draft.take_text("password")
    if password_hash and not password_hash.startswith(UNUSABLE):
        draft.row["password_hash"] = password_hash


LAYOUT = Layout(COLUMNS, required=("password",), is_open=True)
DJANGO = Origin("django", LAYOUT, map_user, ("date_joined", "is_superuser", "fields"))
