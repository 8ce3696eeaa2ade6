"""Access for programs: service accounts, API keys, client credentials, webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

TIMESTAMP = sa.DateTime(timezone=True)
IS_PENDING = sa.text("state = 'pending'")
HAS_CREDENTIAL = sa.text("credential_id IS NOT NULL")  # so no row of a long log is indexed now


def upgrade() -> None:
    _create_service_accounts()
    _create_client_credentials()
    _create_api_keys()
    _create_webhooks()
    _create_webhook_deliveries()
    op.add_column("audit_events", sa.Column("actor_kind", sa.String(16)))
    op.add_column("audit_events", sa.Column("credential_id", sa.Uuid()))
    op.create_index(
        op.f("ix_audit_events_credential_id_at_id"),
        "audit_events",
        ["credential_id", "at", "id"],
        postgresql_where=HAS_CREDENTIAL,
        sqlite_where=HAS_CREDENTIAL,
    )
    op.add_column("denial_counts", sa.Column("credential_id", sa.Uuid()))


def _create_service_accounts() -> None:
    op.create_table(
        "service_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid()),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("name_key", sa.String(320), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("status_reason", sa.String(500)),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("created_at", TIMESTAMP, nullable=False),
        sa.Column("updated_at", TIMESTAMP, nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'suspended')", name=op.f("ck_service_accounts_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_accounts")),
    )
    op.create_index(
        op.f("ix_service_accounts_created_at_id"), "service_accounts", ["created_at", "id"]
    )
    op.create_index("uq_service_accounts_name_key", "service_accounts", ["name_key"], unique=True)
    op.create_table(
        "service_account_roles",
        sa.Column("service_account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["role"],
            ["roles.name"],
            name=op.f("fk_service_account_roles_role"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["service_account_id"],
            ["service_accounts.id"],
            name=op.f("fk_service_account_roles_service_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "service_account_id", "role", name=op.f("pk_service_account_roles")
        ),
    )
    op.create_index(
        op.f("ix_service_account_roles_role_service_account_id"),
        "service_account_roles",
        ["role", "service_account_id"],
    )


def _create_client_credentials() -> None:
    op.create_table(
        "revoked_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", TIMESTAMP, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revoked_tokens")),
    )
    op.create_index(op.f("ix_revoked_tokens_expires_at"), "revoked_tokens", ["expires_at"])
    op.create_table(
        "used_assertions",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", TIMESTAMP, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_assertions")),
    )
    op.create_index(op.f("ix_used_assertions_expires_at"), "used_assertions", ["expires_at"])
    op.create_table(
        "client_credentials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("digest", sa.LargeBinary(32)),
        sa.Column("last4", sa.String(4)),
        sa.Column("public_key", sa.JSON()),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("created_at", TIMESTAMP, nullable=False),
        sa.Column("expires_at", TIMESTAMP),
        sa.Column("last_used_at", TIMESTAMP),
        sa.CheckConstraint(
            "kind IN ('client_secret', 'public_key')", name=op.f("ck_client_credentials_kind")
        ),
        sa.ForeignKeyConstraint(
            ["service_account_id"],
            ["service_accounts.id"],
            name=op.f("fk_client_credentials_service_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_credentials")),
        sa.UniqueConstraint("digest", name=op.f("uq_client_credentials_digest")),
    )
    op.create_index(
        op.f("ix_client_credentials_service_account_id"),
        "client_credentials",
        ["service_account_id"],
    )


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid()),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("service_account_id", sa.Uuid()),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("last4", sa.String(4), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("allowed_networks", sa.JSON()),
        sa.Column("requests_per_minute", sa.Integer()),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("created_at", TIMESTAMP, nullable=False),
        sa.Column("expires_at", TIMESTAMP),
        sa.Column("last_used_at", TIMESTAMP),
        sa.Column("last_used_address", sa.String(45)),
        sa.Column("successor_id", sa.Uuid()),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (service_account_id IS NULL)", name=op.f("ck_api_keys_owner")
        ),
        sa.ForeignKeyConstraint(
            ["service_account_id"],
            ["service_accounts.id"],
            name=op.f("fk_api_keys_service_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    op.create_index(op.f("ix_api_keys_created_at_id"), "api_keys", ["created_at", "id"])
    op.create_index(op.f("ix_api_keys_expires_at"), "api_keys", ["expires_at"])
    op.create_index(op.f("ix_api_keys_service_account_id"), "api_keys", ["service_account_id"])
    op.create_index(op.f("ix_api_keys_user_id"), "api_keys", ["user_id"])
    op.create_table(
        "api_key_networks",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("network", sa.String(43), nullable=False),
        sa.Column("first_used_at", TIMESTAMP, nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["api_keys.id"], name=op.f("fk_api_key_networks_key_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key_id", "network", name=op.f("pk_api_key_networks")),
    )


def _create_webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid()),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("payload", sa.String(8), nullable=False),
        sa.Column("was_full", sa.Boolean(), nullable=False),
        sa.Column("ordered", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.String(32)),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("former_secret", sa.LargeBinary()),
        sa.Column("former_secret_until", TIMESTAMP),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("created_at", TIMESTAMP, nullable=False),
        sa.Column("updated_at", TIMESTAMP, nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("failing_since", TIMESTAMP),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("paused_until", TIMESTAMP),
        sa.Column("last_attempt_at", TIMESTAMP),
        sa.Column("slow", sa.Boolean(), nullable=False),
        sa.CheckConstraint("payload IN ('thin', 'full')", name=op.f("ck_webhooks_payload")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_index(op.f("ix_webhooks_created_at_id"), "webhooks", ["created_at", "id"])


def _create_webhook_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("event_at", TIMESTAMP, nullable=False),
        sa.Column("subject_id", sa.Uuid()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(200)),
        sa.Column("created_at", TIMESTAMP, nullable=False),
        sa.Column("requested_at", TIMESTAMP, nullable=False),
        sa.Column("next_attempt_at", TIMESTAMP, nullable=False),
        sa.Column("delivered_at", TIMESTAMP),
        sa.CheckConstraint(
            "state IN ('pending', 'delivered', 'failed')", name=op.f("ck_webhook_deliveries_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(op.f("ix_webhook_deliveries_created_at"), "webhook_deliveries", ["created_at"])
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["webhook_id", "next_attempt_at", "id"],
        postgresql_where=IS_PENDING,
        sqlite_where=IS_PENDING,
    )
    op.create_index(
        "ix_webhook_deliveries_order",
        "webhook_deliveries",
        ["webhook_id", "subject_id", "event_at", "event_id"],
        postgresql_where=IS_PENDING,
        sqlite_where=IS_PENDING,
    )
    op.create_index(op.f("ix_webhook_deliveries_subject_id"), "webhook_deliveries", ["subject_id"])
    op.create_index(
        op.f("ix_webhook_deliveries_webhook_id_created_at_id"),
        "webhook_deliveries",
        ["webhook_id", "created_at", "id"],
    )
    op.create_index(
        "uq_webhook_deliveries_event", "webhook_deliveries", ["webhook_id", "event_id"], unique=True
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIMESTAMP, nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("address", sa.String(45)),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.String(200)),
        sa.Column("request_headers", sa.JSON(), nullable=False),
        sa.Column("response_headers", sa.JSON()),
        sa.Column("response_body", sa.Text()),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_deliveries.id"],
            name=op.f("fk_webhook_attempts_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempts")),
    )
    op.create_index(
        op.f("ix_webhook_attempts_delivery_id_at"), "webhook_attempts", ["delivery_id", "at"]
    )
    op.create_table(
        "webhook_erasures",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", TIMESTAMP, nullable=False),
        sa.Column("next_at", TIMESTAMP, nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_webhook_erasures")),
    )
    op.create_index(op.f("ix_webhook_erasures_next_at"), "webhook_erasures", ["next_at"])


def downgrade() -> None:
    op.drop_column("denial_counts", "credential_id")
    op.drop_index(op.f("ix_audit_events_credential_id_at_id"), "audit_events")
    op.drop_column("audit_events", "credential_id")
    op.drop_column("audit_events", "actor_kind")
    for table in (
        "webhook_erasures",
        "webhook_attempts",
        "webhook_deliveries",
        "webhooks",
        "api_key_networks",
        "api_keys",
        "used_assertions",
        "revoked_tokens",
        "client_credentials",
        "service_account_roles",
        "service_accounts",
    ):
        op.drop_table(table)
