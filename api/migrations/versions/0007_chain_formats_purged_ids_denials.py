"""Formats of chain entries, ids of purged users that stay taken, and counts of denials.

The table ``users`` gains a trigger. SQLite drops the triggers of a table that a batch migration
copies: a later migration that copies ``users`` has to create this one again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TIMESTAMP = sa.DateTime(timezone=True)

# Users who were purged before there was a table for their ids.
FILL = """
INSERT INTO purged_users (id, purged_at)
SELECT subject_id, max(at) FROM audit_events
WHERE event = 'user.purged' AND subject_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM users WHERE users.id = audit_events.subject_id)
GROUP BY subject_id
"""
# After the insertion: one that waited for a purge to commit then sees the id of the purged user.
FUNCTION = """
CREATE FUNCTION reject_purged_user_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM purged_users WHERE purged_users.id = NEW.id) THEN
    RAISE EXCEPTION 'the id belongs to a purged user'
    USING ERRCODE = 'unique_violation', CONSTRAINT = 'pk_purged_users';
  END IF;
  RETURN NULL;
END $$
"""
ON_POSTGRESQL = """
CREATE TRIGGER users_reject_purged_ids AFTER INSERT ON users
FOR EACH ROW EXECUTE FUNCTION reject_purged_user_id()
"""
ON_SQLITE = """
CREATE TRIGGER users_reject_purged_ids AFTER INSERT ON users
WHEN EXISTS (SELECT 1 FROM purged_users WHERE purged_users.id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: purged_users.id'); END
"""


def upgrade() -> None:
    first = sa.text("1")
    op.add_column(
        "audit_chain", sa.Column("format", sa.SmallInteger(), nullable=False, server_default=first)
    )
    op.create_table(
        "purged_users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purged_at", TIMESTAMP, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purged_users")),
    )
    op.execute(FILL)
    op.create_table(
        "denial_counts",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("principal_kind", sa.String(16)),
        sa.Column("principal_id", sa.Uuid()),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("ends_at", TIMESTAMP, nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_denial_counts")),
    )
    op.create_index("ix_denial_counts_ends_at", "denial_counts", ["ends_at"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(ON_SQLITE)
    else:
        op.execute(FUNCTION)
        op.execute(ON_POSTGRESQL)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER users_reject_purged_ids")
    else:
        op.execute("DROP TRIGGER users_reject_purged_ids ON users")
        op.execute("DROP FUNCTION reject_purged_user_id()")
    op.drop_table("denial_counts")
    op.drop_table("purged_users")
    op.drop_column("audit_chain", "format")
