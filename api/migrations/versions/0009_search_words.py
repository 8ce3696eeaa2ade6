"""A trigram index, by which PostgreSQL finds a word anywhere in the names of users."""

from alembic import op

revision = "0009"
down_revision = "0008"

# The text of ``api.users.search_words``, as it was when this revision was written.
TEXT = "(' ' || username_key || ' ' || email_key || ' ' || coalesce(display_name_key, '') || ' ')"
CREATE_INDEX = f"""
CREATE INDEX CONCURRENTLY ix_users_search_text ON users USING gin ({TEXT} gin_trgm_ops)
WITH (gin_pending_list_limit = 512)
"""


def upgrade() -> None:
    """Create the index while the service goes on, again if that was interrupted before."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        with op.get_context().autocommit_block():
            op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_search_text")
            op.execute(CREATE_INDEX)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_users_search_text")
