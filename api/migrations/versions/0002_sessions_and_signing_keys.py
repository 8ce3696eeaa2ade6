"""Sessions, which replace the generation of an account's tokens, and the keys that sign tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)
LIVE = sa.text("ended_at IS NULL")
IN_USE = sa.text("state <> 'retired'")


def upgrade() -> None:
    with op.batch_alter_table("users") as users:
        users.drop_column("token_generation")
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("address", sa.String(45)),
        sa.Column("assurance", sa.String(8), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("authenticated_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=False),
        sa.Column("idle_until", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("end_reason", sa.String(24)),
        sa.Column("newest_digest", sa.String(64), nullable=False),
        sa.Column("parent_digest", sa.String(64)),
        sa.Column("parent_salt", sa.String(32)),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index(
        "ix_sessions_live", "sessions", ["user_id"], postgresql_where=LIVE, sqlite_where=LIVE
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("public_key", sa.JSON(), nullable=False),
        sa.Column("private_key", sa.LargeBinary()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("activated_at", MOMENT),
        sa.Column("retired_at", MOMENT),
        sa.Column("expires_at", MOMENT),
        sa.CheckConstraint(
            "state IN ('next', 'active', 'retired')", name=op.f("ck_signing_keys_state")
        ),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_keys")),
    )
    op.create_index(
        "uq_signing_keys_state",
        "signing_keys",
        ["state"],
        unique=True,
        postgresql_where=IN_USE,
        sqlite_where=IN_USE,
    )


def downgrade() -> None:
    op.drop_table("signing_keys")
    op.drop_table("sessions")
    generation = sa.Column("token_generation", sa.Integer(), nullable=False, server_default="0")
    with op.batch_alter_table("users") as users:
        users.add_column(generation)
    with op.batch_alter_table("users") as users:
        users.alter_column("token_generation", server_default=None)
