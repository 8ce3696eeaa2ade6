from dataclasses import replace

from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import func, select

from api.core.database import db
from api.core.errors import DatabaseUnavailable
from api.health import service
from api.sessions.models import Session
from features.personas import log_in

scenarios(".")

LOAD_BALANCER = "the load balancer"
PATHS = {"alive": "/health/live", "ready": "/health/ready"}


def fail_to_connect(_connection):
    raise DatabaseUnavailable


@given("the database does not respond")
def stop_database(monkeypatch):
    monkeypatch.setattr(service, "_check_schema", fail_to_connect)


def count_sessions(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Session))


@given(
    "the operator has started the process with another encryption key",
    target_fixture="number_of_sessions",
)
def use_other_encryption_key(app, build_strict, people):
    """Create a signing key with one encryption key, and start the process with another."""
    for encryption_key in ("the key of the first start" * 2, "the key of the second start" * 2):
        process = build_strict(encryption_key=encryption_key, jwt_secret_key=None)
        people["Ada"] = replace(people["Ada"], client=process.test_client())
        log_in(people["Ada"])
    return count_sessions(app)


@when(parsers.parse("the load balancer asks whether the process is {state:w}"))
def check_health(client, responses, state):
    responses[LOAD_BALANCER] = client.get(PATHS[state])


@then("the load balancer sees that it is")
def check_success(responses):
    assert responses[LOAD_BALANCER].status_code == 200
    assert responses[LOAD_BALANCER].json["status"] == "ok"


@then(parsers.parse('the load balancer sees that the database is "{state}"'))
def check_database_state(responses, state):
    assert responses[LOAD_BALANCER].json["checks"]["database"] == state


@then("the load balancer sees when it can ask again")
def check_waiting_time(responses):
    assert int(responses[LOAD_BALANCER].headers["Retry-After"]) > 0


@then("Ada has no new session")
def check_no_session(app, number_of_sessions):
    assert number_of_sessions > 0
    assert count_sessions(app) == number_of_sessions
