"""`rollbook purge`."""

from datetime import timedelta

from api.core.clock import now
from api.jobs import service as jobs


def test_purge_deletes_users_whose_retention_has_ended_and_prints_the_number(
    rollbook, user, recorded
):
    for number in range(3):
        user(f"Ada{number}", deleted_at=now() - timedelta(days=20 * number))

    last_lines = [rollbook("purge").output.splitlines()[-1] for _ in range(2)]

    assert [line.partition(",")[0] for line in last_lines] == ["1 users", "0 users"]
    assert last_lines[0].endswith(", 0 outbox, 0 webhook deliveries purged.")
    assert recorded() == ["user.purged"]


def test_case_N_14_purge_records_that_it_has_finished(rollbook, monkeypatch):
    assert jobs.read_last_runs() == {}

    first, second = now(), now() + timedelta(days=1)
    for time in (first, second):
        monkeypatch.setattr("api.core.clock.now", lambda time=time: time)
        rollbook("purge")

    runs = jobs.read_last_runs()
    assert {run.finished_at for run in runs.values()} == {second}
    assert {"purge_users", "purge_sessions", "purge_outbox"} <= runs.keys()
