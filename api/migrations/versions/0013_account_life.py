"""The life of an account: messages to be sent, one-time tokens, verified addresses, languages."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

MOMENT = sa.DateTime(timezone=True)
IS_PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    op.create_table(
        "outbox_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(48), nullable=False),
        sa.Column("subject_id", sa.Uuid()),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(500)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=False),
        sa.Column("delivered_at", MOMENT),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="state"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
    )
    for column in ("created_at", "state", "subject_id"):
        columns = dict.fromkeys((column, "created_at", "id"))
        name = op.f(f"ix_outbox_messages_{'_'.join(columns)}")
        op.create_index(name, "outbox_messages", [*columns])
    op.create_index(
        "ix_outbox_messages_due",
        "outbox_messages",
        ["next_attempt_at"],
        postgresql_where=IS_PENDING,
        sqlite_where=IS_PENDING,
    )
    op.create_table(
        "one_time_tokens",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(24), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("target_id", sa.Uuid()),
        sa.Column("email", sa.String(254)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_one_time_tokens_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_one_time_tokens")),
    )
    op.create_index("ix_one_time_tokens_user_id_purpose", "one_time_tokens", ["user_id", "purpose"])
    op.create_index("ix_one_time_tokens_target_id", "one_time_tokens", ["target_id"])
    op.create_index("ix_one_time_tokens_expires_at", "one_time_tokens", ["expires_at"])
    op.create_table(
        "known_devices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_known_devices_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_known_devices")),
    )
    op.create_index("ix_known_devices_last_used_at", "known_devices", ["last_used_at"])
    op.create_table(
        "mail_counts",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("window_ends_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_mail_counts")),
    )
    op.create_index("ix_mail_counts_window_ends_at", "mail_counts", ["window_ends_at"])
    with op.batch_alter_table("task_runs") as task_runs:
        task_runs.alter_column("finished_at", existing_type=MOMENT, nullable=True)
        task_runs.add_column(sa.Column("next_run_at", MOMENT))
        task_runs.add_column(sa.Column("started_at", MOMENT))
        task_runs.add_column(sa.Column("failed_at", MOMENT))
        task_runs.add_column(
            sa.Column("failures", sa.Integer(), nullable=False, server_default="0")
        )
    _create_invitations()
    op.add_column("password_attempts", sa.Column("network", sa.String(43)))
    op.add_column("users", sa.Column("email_verified_at", MOMENT))
    op.add_column(  # accounts that exist need not confirm
        "users",
        sa.Column("must_verify_email", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("users", sa.Column("requested_username", sa.String(254)))
    op.add_column("users", sa.Column("locale", sa.String(35)))
    op.add_column("users", sa.Column("erase_at", MOMENT))


def _create_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", sa.String(320), nullable=False),
        sa.Column("username", sa.String(254)),
        sa.Column("display_name", sa.String(80)),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("locale", sa.String(35)),
        sa.Column("invited_by", sa.Uuid()),
        sa.Column("organization_id", sa.Uuid()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("accepted_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.Column("user_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    for columns in (
        ["email_key"],
        ["invited_by"],
        ["user_id"],
        ["expires_at"],
        ["created_at", "id"],
    ):
        op.create_index("_".join(["ix_invitations", *columns]), "invitations", columns)


def downgrade() -> None:
    op.drop_table("invitations")
    op.drop_column("users", "erase_at")
    op.drop_column("users", "locale")
    op.drop_column("users", "requested_username")
    op.drop_column("users", "must_verify_email")
    op.drop_column("users", "email_verified_at")
    op.drop_column("password_attempts", "network")
    op.drop_table("known_devices")
    op.drop_table("mail_counts")
    with op.batch_alter_table("task_runs") as task_runs:
        for name in ("failures", "failed_at", "started_at", "next_run_at"):
            task_runs.drop_column(name)
    op.execute("DELETE FROM task_runs WHERE finished_at IS NULL")
    with op.batch_alter_table("task_runs") as task_runs:
        task_runs.alter_column("finished_at", existing_type=MOMENT, nullable=False)
    op.drop_table("one_time_tokens")
    op.drop_table("outbox_messages")
