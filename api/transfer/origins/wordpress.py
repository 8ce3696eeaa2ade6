"""WordPress: the table `wp_users` as CSV, or `wp user list` as CSV or JSON."""

from html import unescape

from api.passwords.imported import make_wordpress_text
from api.transfer.layouts import Columns, Layout
from api.transfer.origins.drafts import Draft, Origin

COLUMNS: Columns = dict.fromkeys(
    (
        "ID",
        "user_login",
        "user_pass",
        "user_email",
        "user_registered",
        "display_name",
        "roles",
        "spam",
        "deleted",
    ),
    str,
)
NO_DATE = "0000"


def map_user(draft: Draft) -> bool:
    draft.set_id(draft.take_text("ID"))
    username = draft.take_text("user_login")
    name = unescape(draft.take_text("display_name") or "")
    draft.set_names(
        email=draft.take_text("user_email"),
        username=username,
        display_name=name if name != username else None,
    )
    if password_hash := draft.take_text("user_pass"):
        draft.row["password_hash"] = make_wordpress_text(password_hash)
    registered = draft.take_timestamp("user_registered", default_offset="Z")
    draft.row["created_at"] = None if registered and registered.startswith(NO_DATE) else registered
    for column, reason in (("spam", "Marked as spam"), ("deleted", "Marked as deleted")):
        if draft.take_boolean(column):
            draft.suspend(f"{reason} in WordPress")
    draft.keep("roles")
    draft.ignore("user_nicename", "user_url", "user_activation_key", "user_status")
    draft.ignore("first_name", "last_name")
    return True


LAYOUT = Layout(COLUMNS, required=("user_login",), is_open=True)
WORDPRESS = Origin("wordpress", LAYOUT, map_user, ("user_login",))
