"""Where a fact came from, indexes for each filter, the chain, and triggers that refuse changes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

FILTERS = ("event", "actor_id", "subject_id", "request_id")
INDEXES = {
    "ix_audit_events_at_id": ["at", "id"],
    **{f"ix_audit_events_{name}_at_id": [name, "at", "id"] for name in FILTERS},
}
BEFORE = ("at", "actor_id", "subject_id")
KEYS = {"audit_events": ("id",), "audit_chain": ("position", "event_id")}

REFUSE = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail only grows' USING ERRCODE = 'restrict_violation';
END $$
"""
# Also where no row is met: the attempt is refused.
ON_POSTGRESQL = """
CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()
"""
ON_SQLITE = """
CREATE TRIGGER {table}_refuses_{what} BEFORE {when}
BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END
"""
REFUSED = {
    "update": "UPDATE ON {table}",
    "delete": "DELETE ON {table}",
    # INSERT OR REPLACE deletes without asking the trigger for that.
    "replace": "INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})",
}


DROP_ON_POSTGRESQL = "DROP TRIGGER {table}_only_grows ON {table}"
DROP_ON_SQLITE = "DROP TRIGGER {table}_refuses_{what}"


def upgrade() -> None:
    op.add_column("audit_events", sa.Column("address", sa.String(45)))
    for column in BEFORE:
        op.drop_index(f"ix_audit_events_{column}", "audit_events")
    for name, columns in INDEXES.items():
        op.create_index(name, "audit_events", columns)
    op.create_table(
        "audit_chain",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_chain")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_chain_event_id")),
    )
    if on_sqlite():
        for table, keys in KEYS.items():
            refuse_on_sqlite(table, keys)
    else:
        op.execute(REFUSE)
        for table in KEYS:
            op.execute(ON_POSTGRESQL.format(table=table))


def downgrade() -> None:
    drop_triggers()
    op.drop_table("audit_chain")
    for name in INDEXES:
        op.drop_index(name, "audit_events")
    for column in BEFORE:
        op.create_index(f"ix_audit_events_{column}", "audit_events", [column])
    op.drop_column("audit_events", "address")


def on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def refuse_on_sqlite(table: str, keys: tuple[str, ...]) -> None:
    same = " OR ".join(f"{key} = NEW.{key}" for key in keys)
    for what, when in REFUSED.items():
        when_of_table = when.format(table=table, same=same)
        op.execute(ON_SQLITE.format(table=table, what=what, when=when_of_table))


def drop_triggers() -> None:
    if on_sqlite():
        for table in KEYS:
            for what in REFUSED:
                op.execute(DROP_ON_SQLITE.format(table=table, what=what))
    else:
        for table in KEYS:
            op.execute(DROP_ON_POSTGRESQL.format(table=table))
        op.execute("DROP FUNCTION refuse_audit_change()")
