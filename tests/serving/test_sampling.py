"""Metrics that a thread of each worker reads now and then."""

from datetime import timedelta
from secrets import token_urlsafe

import pytest
from prometheus_client import REGISTRY

from api.core import clock
from api.core.database import autocommit, in_transaction
from api.jobs import service as jobs
from api.keys import service as keys
from api.keys.pairs import PrivateKeyCipher
from api.serving import sampling
from tests.databases import PostgreSQL

SEAL = "seal_audit_log"


def read_gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"rollbook_{name}", labels)


def read_finished(job: str) -> float | None:
    return read_gauge("task_finished_timestamp_seconds", task=job)


@pytest.mark.usefixtures("context")
class TestDatabase:
    def test_case_N_14_a_task_that_has_never_finished_is_0(self):
        in_transaction(lambda: jobs.record_success(SEAL))

        sampling.sample_database()

        assert read_finished(SEAL) == pytest.approx(clock.now().timestamp(), abs=60)
        assert read_finished("purge_users") == 0

    def test_case_N_14_the_time_of_the_newest_signing_key_is_known(self, monkeypatch):
        cipher = PrivateKeyCipher(token_urlsafe(48))
        later = clock.now() + timedelta(days=90)
        in_transaction(lambda: keys.rotate(cipher))
        monkeypatch.setattr("api.core.clock.now", lambda: later)
        in_transaction(lambda: keys.rotate(cipher))

        sampling.sample_database()

        gauge = read_gauge("signing_key_activated_timestamp_seconds")
        assert gauge == pytest.approx(later.timestamp(), abs=1)

    def test_case_N_14_connections_in_use_are_counted(self, databases):
        if not isinstance(databases, PostgreSQL):
            pytest.skip("the pools of SQLite have no limit of their own")
        with autocommit():
            sampling.sample_pools()
        during = read_gauge("database_connections_in_use", pool="reads")
        sampling.sample_pools()

        assert (during, read_gauge("database_connections_in_use", pool="reads")) == (1, 0)
        assert read_gauge("database_connections_max", pool="writes") == 8


def test_case_N_14_the_last_values_stay_while_the_database_does_not_answer(app, build):
    with app.app_context():
        in_transaction(lambda: jobs.record_success(SEAL))
        sampling.sample_database()
    before = read_finished(SEAL)

    with build(SQLALCHEMY_DATABASE_URI="postgresql://rollbook@127.0.0.1:1/none").app_context():
        sampling.sample_database()

    assert read_finished(SEAL) == before
