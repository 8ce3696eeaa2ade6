import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import undefer

from api.audit.models import AuditEvent
from api.cli import main
from api.commands.transfer_targets import DatabaseTarget
from api.core.database import db, in_transaction
from api.core.principal import OPERATOR
from api.transfer import service
from api.transfer.formats import Format
from api.users.models import User

ADA = {"username": "ada", "email": "ada@example.org"}
GRACE = {"username": "grace", "email": "grace@example.org"}


def write_ndjson(*rows):
    """Return an NDJSON file with these rows. A row in bytes is not changed."""
    return b"".join((row if isinstance(row, bytes) else orjson.dumps(row)) + b"\n" for row in rows)


def make_rows(number, **members):
    return [
        {"username": f"person{n}", "email": f"person{n}@example.org", **members}
        for n in range(number)
    ]


@pytest.fixture
def import_rows(context):
    """Import rows as the operator, and return the result."""

    def run(*rows, body=None, **options):
        body = write_ndjson(*rows) if body is None else body
        options = {"format": Format.NDJSON, "by": OPERATOR} | options
        return in_transaction(lambda: service.import_users(body, **options))

    return run


@pytest.fixture
def read_accounts(context):
    """Return the accounts in the database by username."""

    def read():
        found = db.session.scalars(
            select(User)
            .options(undefer(User.role_assignments))
            .order_by(User.username)
            .execution_options(populate_existing=True)
        )
        accounts = {user.username: user for user in found}
        db.session.rollback()
        return accounts

    return read


@pytest.fixture
def read_events(context):
    """Return actor, subject and details of the audit events of one kind."""

    def read(name):
        found = db.session.scalars(select(AuditEvent).filter_by(event=name).order_by(AuditEvent.id))
        events = [(event.actor_id, event.subject_id, event.details) for event in found]
        db.session.rollback()
        return events

    return read


def list_rules(row):
    return [(error.pointer, error.rule) for error in row.errors or ()]


def describe(result):
    return [(row.outcome.value, [pointer for pointer, _ in list_rules(row)]) for row in result.rows]


@pytest.fixture
def rollbook(context):
    def run(*arguments, stdin=None):
        return CliRunner().invoke(main, ["users", *map(str, arguments)], input=stdin)

    return run


@pytest.fixture
def write_file(tmp_path):
    def write(*rows, name="users.ndjson"):
        path = tmp_path / name
        path.write_bytes(write_ndjson(*rows))
        return path

    return write


@pytest.fixture
def break_target(monkeypatch):
    """Interrupt the call with this number of a method of the database target, or after it."""

    def break_at(name, number, *, after=False):
        method, calls = getattr(DatabaseTarget, name), []

        def call(self, *arguments, **options):
            calls.append(arguments)
            if len(calls) == number and not after:
                raise KeyboardInterrupt
            result = method(self, *arguments, **options)
            if len(calls) == number:
                raise KeyboardInterrupt
            return result

        monkeypatch.setattr(DatabaseTarget, name, call)

    return break_at


def list_output(done):
    """Return the lines of standard output, without the log of the application."""
    return [line for line in done.stdout.splitlines() if not line.startswith('{"timestamp"')]


def list_names(path):
    return [orjson.loads(line)["username"] for line in path.read_bytes().splitlines()]
