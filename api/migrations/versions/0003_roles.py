"""Roles that carry permissions, and who holds them."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)
BUILT_IN = {
    "admin": ("Administrators, who may do everything.", "*"),
    "user": ("Everybody who has an account.", ""),
}

users = sa.table("users", sa.column("id", sa.Uuid()), sa.column("role", sa.String()))
user_roles = sa.table("user_roles", sa.column("user_id", sa.Uuid()), sa.column("role", sa.String()))


def upgrade() -> None:
    op.create_table(
        "roles",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("permissions", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_roles")),
    )
    op.create_table(
        "user_roles",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_roles_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["role"], ["roles.name"], name=op.f("fk_user_roles_role"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_user_roles")),
    )
    op.create_index("ix_user_roles_role_user_id", "user_roles", ["role", "user_id"])
    _begin()
    administrators = sa.select(users.c.id, users.c.role).where(users.c.role == "admin")
    op.execute(user_roles.insert().from_select(["user_id", "role"], administrators))
    op.drop_index("ix_users_role_created_at_id", "users")
    with op.batch_alter_table("users") as table:
        table.drop_constraint(op.f("ck_users_role"), type_="check")
        table.drop_column("role")


def _begin() -> None:
    roles = sa.table(
        "roles",
        *map(sa.column, ("name", "description", "permissions", "version")),
        sa.column("created_at", MOMENT),
        sa.column("updated_at", MOMENT),
    )
    now = datetime.now(UTC)  # noqa: TID251  a migration knows nothing of the service
    rows = [
        {
            "name": name,
            "description": description,
            "permissions": permissions,
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
        for name, (description, permissions) in BUILT_IN.items()
    ]
    op.bulk_insert(roles, rows)


def downgrade() -> None:
    """Go back to two roles; who holds others becomes a user."""
    role = sa.Column("role", sa.String(16), nullable=False, server_default="user")
    op.add_column("users", role)
    administrators = sa.select(user_roles.c.user_id).where(user_roles.c.role == "admin")
    op.execute(users.update().where(users.c.id.in_(administrators)).values(role="admin"))
    with op.batch_alter_table("users") as table:
        table.alter_column("role", server_default=None)
        table.create_check_constraint(op.f("ck_users_role"), "role IN ('user', 'admin')")
    op.create_index("ix_users_role_created_at_id", "users", ["role", "created_at", "id"])
    op.drop_table("user_roles")
    op.drop_table("roles")
