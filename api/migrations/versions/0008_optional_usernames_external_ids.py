"""Usernames are optional; accounts keep their id in another system, and may need a new password.

Wider columns: a username can be an e-mail address, and some hashes of other systems are long. The
key of an account without a username is an empty text, so that a list by username has all accounts.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

USERNAME_LENGTH, HASH_LENGTH = 32, 255  # of the older version
Options = dict[str, Any]
NOT_DELETED = sa.text("deleted_at IS NULL")
HAS_USERNAME = sa.text("deleted_at IS NULL AND username_key <> ''")
EXTERNAL_ID = "(external_source IS NULL) = (external_id IS NULL)"
# SQLite drops the triggers of a table that a batch migration copies. From revision 0007:
TRIGGER = """
CREATE TRIGGER users_reject_purged_ids AFTER INSERT ON users
WHEN EXISTS (SELECT 1 FROM purged_users WHERE purged_users.id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: purged_users.id'); END
"""


def key(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def where(condition: sa.TextClause) -> Options:
    return {"postgresql_where": condition, "sqlite_where": condition}


def upgrade() -> None:
    op.drop_index("uq_users_username_key", "users")
    with op.batch_alter_table("users") as table:
        table.alter_column(
            "username", existing_type=sa.String(32), type_=sa.String(254), nullable=True
        )
        table.alter_column("username_key", existing_type=key(32), type_=key(320))
        table.alter_column("password_hash", existing_type=sa.String(255), type_=sa.String(512))
        table.add_column(sa.Column("external_source", sa.String(64)))
        table.add_column(sa.Column("external_id", sa.String(255)))
        table.add_column(
            sa.Column(
                "must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()
            )
        )
        table.create_check_constraint(op.f("ck_users_external_id"), EXTERNAL_ID)
    op.create_index(
        "uq_users_username_key", "users", ["username_key"], unique=True, **where(HAS_USERNAME)
    )
    op.create_index(
        "ix_users_username_key_id", "users", ["username_key", "id"], **where(NOT_DELETED)
    )
    op.create_index(
        "uq_users_external_id",
        "users",
        ["external_source", "external_id"],
        unique=True,
        **where(NOT_DELETED),
    )
    _create_trigger()


def downgrade() -> None:
    """Delete what the older version cannot store.

    Accounts without a username, or with a longer one, get their id as username.
    """
    for name in ("uq_users_external_id", "ix_users_username_key_id", "uq_users_username_key"):
        op.drop_index(name, "users")
    users = sa.table("users", *map(sa.column, ("id", "username", "username_key", "password_hash")))
    own_id = sa.func.replace(sa.cast(users.c.id, sa.String), "-", "")
    is_long = [
        sa.func.length(column) > USERNAME_LENGTH
        for column in (users.c.username, users.c.username_key)
    ]
    renamed = users.update().where(sa.or_(users.c.username.is_(None), *is_long))
    op.execute(renamed.values(username=own_id, username_key=own_id))
    is_long_hash = sa.func.length(users.c.password_hash) > HASH_LENGTH
    op.execute(users.update().where(is_long_hash).values(password_hash=None))
    with op.batch_alter_table("users") as table:
        table.drop_constraint(op.f("ck_users_external_id"), type_="check")
        for name in ("must_change_password", "external_id", "external_source"):
            table.drop_column(name)
        table.alter_column("password_hash", existing_type=sa.String(512), type_=sa.String(255))
        table.alter_column("username_key", existing_type=key(320), type_=key(32))
        table.alter_column(
            "username", existing_type=sa.String(254), type_=sa.String(32), nullable=False
        )
    op.create_index(
        "uq_users_username_key", "users", ["username_key"], unique=True, **where(NOT_DELETED)
    )
    _create_trigger()


def _create_trigger() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(TRIGGER)
