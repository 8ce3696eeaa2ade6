"""The version of an account, which a change can be bound to."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    column = sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    op.add_column("users", column)


def downgrade() -> None:
    op.drop_column("users", "version")
