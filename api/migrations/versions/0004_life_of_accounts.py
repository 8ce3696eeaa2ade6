"""Versions of accounts, reasons, deletion that can be undone, and documents."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"

DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
DOCUMENTS = ("user_metadata", "app_metadata")
KEYS = ("username_key", "email_key")
Options = dict[str, Any]
LIVING, DELETED = sa.text("deleted_at IS NULL"), sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("users") as table:
        table.add_column(sa.Column("status_reason", sa.String(500)))
        for name in DOCUMENTS:
            empty = sa.text("'{}'")
            table.add_column(sa.Column(name, DOCUMENT, nullable=False, server_default=empty))
        table.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True)))
        first = sa.text("1")
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default=first))
        for key in KEYS:
            table.drop_constraint(op.f(f"uq_users_{key}"), type_="unique")
    for key in KEYS:
        living: Options = {"postgresql_where": LIVING, "sqlite_where": LIVING}
        op.create_index(f"uq_users_{key}", "users", [key], unique=True, **living)
    deleted: Options = {"postgresql_where": DELETED, "sqlite_where": DELETED}
    op.create_index("ix_users_deleted_at", "users", ["deleted_at"], **deleted)
    if op.get_context().dialect.name == "postgresql":
        for name in DOCUMENTS:
            kind: Options = {"postgresql_using": "gin", "postgresql_ops": {name: "jsonb_path_ops"}}
            op.create_index(f"ix_users_{name}", "users", [name], **kind)


def downgrade() -> None:
    """Go back to where deleted was gone: who can still be restored no longer can."""
    users = sa.table("users", sa.column("id"), sa.column("deleted_at"))
    user_roles = sa.table("user_roles", sa.column("user_id"))
    deleted = sa.select(users.c.id).where(users.c.deleted_at.is_not(None))
    op.execute(user_roles.delete().where(user_roles.c.user_id.in_(deleted)))
    op.execute(users.delete().where(users.c.deleted_at.is_not(None)))
    if op.get_context().dialect.name == "postgresql":
        for name in DOCUMENTS:
            op.drop_index(f"ix_users_{name}", "users")
    for name in ("ix_users_deleted_at", *(f"uq_users_{key}" for key in KEYS)):
        op.drop_index(name, "users")
    with op.batch_alter_table("users") as table:
        for key in KEYS:
            table.create_unique_constraint(op.f(f"uq_users_{key}"), [key])
        for name in ("status_reason", *DOCUMENTS, "deleted_at", "version"):
            table.drop_column(name)
