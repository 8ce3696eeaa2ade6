"""Keep a digest of the password hash that was imported last.

A login replaces the hash. With the digest, a repeated import still recognises the old one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("users", sa.Column("imported_hash_digest", sa.LargeBinary(16)))


def downgrade() -> None:
    op.drop_column("users", "imported_hash_digest")
