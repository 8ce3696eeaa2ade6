import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from api.core.database import db
from api.transfer import service
from api.transfer.formats import Format
from api.users.models import User

KEPT = ("username", "email", "display_name", "status", "password_hash")


def ndjson(*rows):
    """Return rows as a file has them; what is text already stays as it is."""
    return [(row if isinstance(row, bytes) else orjson.dumps(row)) + b"\n" for row in rows]


@pytest.fixture
def import_batch(context):
    """Import rows as the operator, and return what is told of each, and of all."""

    def import_rows(*rows, source=None, by=None, **options):
        given = ndjson(*rows) if source is None else source
        *results, summary = service.import_users(
            given, **{"format": Format.NDJSON, "by": by} | options
        )
        return results, summary

    return import_rows


@pytest.fixture
def kept(context):
    """The accounts as they are in the database now, by username."""

    def by_name():
        found = db.session.scalars(
            select(User)
            .options(undefer(User.held))
            .order_by(User.username)
            .execution_options(populate_existing=True)
        )
        people = {user.username: user for user in found}
        db.session.rollback()
        return people

    return by_name


def rules(result):
    return [
        (validation_error.pointer, validation_error.rule) for validation_error in result.findings
    ]
