"""A temporary password expires."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("users", sa.Column("password_expires_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("users", "password_expires_at")
