"""The import and export commands with a running service."""

from datetime import timedelta
from pathlib import Path
from threading import Thread

import orjson
import pytest
from werkzeug.serving import make_server

from api.commands.transfer_targets import read_result
from api.core import clock
from api.core.errors import ValidationError
from api.transfer.outcomes import Outcome
from api.transfer.service import ImportResult, RowResult
from tests.other_systems import MAKERS
from tests.support import PASSWORD
from tests.transfer.conftest import ADA, GRACE, list_names, list_output, make_rows

EXPORTS = Path(__file__).parent / "exports"


@pytest.fixture
def served(app, administrator, monkeypatch):
    """The command options for a service in this process; the token is in the environment."""
    monkeypatch.setenv("ROLLBOOK_TOKEN", administrator.token)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield ["--url", f"http://127.0.0.1:{server.port}"]
    server.shutdown()
    thread.join()
    server.server_close()


def test_users_are_imported_and_exported(rollbook, served, write_file, tmp_path):
    output, rows = tmp_path / "out", [*make_rows(9), ADA]
    done = rollbook("import", write_file(*rows), "--chunk-rows", 4, *served)
    assert list_output(done) == ["10 created, 0 unchanged, 0 rejected"]

    done = rollbook("export", "--output", output, "--page-rows", 4, *served)

    assert done.exit_code == 0
    assert sorted(list_names(output)) == sorted(["Root", *(row["username"] for row in rows)])


def test_B_48_the_export_of_another_system_is_mapped_by_the_client(rollbook, served):
    file = EXPORTS / "keycloak-realm.json"

    done = rollbook("import", "--from", "keycloak", file, *served)

    assert (done.exit_code, list_output(done)) == (0, ["2 created, 0 unchanged, 0 rejected"])
    assert "federatedIdentities (1)" in done.stderr
    assert list_output(rollbook("import", "--from", "keycloak", file, *served)) == [
        "0 created, 2 unchanged, 0 rejected"
    ]


def test_B_20_conflicts_are_updated_on_request(rollbook, served, write_file):
    rollbook("import", write_file(ADA), *served)
    file = write_file({**ADA, "display_name": "Countess"})
    assert rollbook("import", file, *served).exit_code == 1

    done = rollbook("import", "--update", file, *served)

    assert (done.exit_code, "1 updated" in done.stdout) == (0, True)


def test_a_request_to_a_busy_service_is_repeated(rollbook, served, write_file, app, monkeypatch):
    waits = []
    monkeypatch.setattr("api.commands.service_client.sleep", waits.append)
    serve, answers = app.wsgi_app, iter(["503 Busy", "429 Slow down"])

    def answer_busy(environ, start_response):
        if status := next(answers, None):
            start_response(status, [("Retry-After", "7"), ("Content-Length", "0")])
            return [b""]
        return serve(environ, start_response)

    monkeypatch.setattr(app, "wsgi_app", answer_busy)

    done = rollbook("import", write_file(ADA), "--without-passwords", *served)

    assert done.exit_code == 0
    assert waits == [7, 7]
    assert done.stderr.count("The service answered 503; trying up to 8 times.\n") == 1
    assert "answered 429" not in done.stderr


def test_an_error_of_the_service_is_reported_in_one_line(rollbook, served, write_file, monkeypatch):
    monkeypatch.setenv("ROLLBOOK_TOKEN", "wrong")

    done = rollbook("import", write_file(ADA), *served)

    assert done.exit_code == 2
    assert done.stderr == (
        "Error: 401 A valid access token or API key is required; log in again, and continue with "
        "--resume\n"
    )


def test_new_hashes_need_a_recent_login_and_the_import_continues_after_it(
    rollbook, served, write_file, administrator, monkeypatch
):
    rollbook("import", write_file(ADA, GRACE), "--without-passwords", *served)
    later = clock.now() + timedelta(seconds=601)
    monkeypatch.setattr(clock, "now", lambda: later)
    changed = {**ADA, "password_hash": MAKERS["bcrypt 2y"](PASSWORD)}
    file = write_file({**GRACE, "display_name": "Amazing"}, changed)
    arguments = ("import", file, "--update", "--chunk-rows", 1, *served)

    stopped = rollbook(*arguments)

    assert stopped.exit_code == 2
    assert stopped.stderr == (
        "Error: 401 This operation requires that the password was verified recently; "
        "log in again, and continue with --resume\n"
    )
    password = {"password": administrator.password}
    administrator.post("/api/me/reauthenticate", password, expecting=204)
    done = rollbook(*arguments, "--resume")
    assert (done.exit_code, "2 updated" in done.stdout) == (0, True)


def test_members_of_a_newer_service_are_ignored():
    error = {"pointer": "/email", "rule": "format", "message": "is wrong", "new": 1}
    row = {"line": 2, "outcome": "rejected", "errors": [error], "new": 1}

    result = read_result(orjson.dumps({"created": 1, "rows": [row], "new": 1}))

    known = RowResult(2, Outcome.REJECTED, errors=[ValidationError("/email", "format", "is wrong")])
    assert result == ImportResult(created=1, rows=[known])


def test_an_import_can_be_resumed_after_the_service_was_unreachable(
    rollbook, write_file, monkeypatch
):
    monkeypatch.setattr("api.commands.service_client.sleep", lambda _: None)
    monkeypatch.setenv("ROLLBOOK_TOKEN", "any")

    done = rollbook("import", write_file(ADA), "--url", "http://127.0.0.1:1")

    assert (done.exit_code, "continue later with --resume" in done.stderr) == (2, True)
    assert done.stderr.startswith("The service does not answer; trying up to 8 times.\nError: ")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999", "http://[::1", "http://a b/", "http://127.0.0.1/x y"]
)
def test_a_malformed_url_is_reported_in_one_line(rollbook, served, url):
    done = rollbook("export", "--url", url)

    assert done.exit_code == 2
    assert "--url must be like" in done.output


@pytest.mark.parametrize("token", ["eyJ secret", "eyJ\nsecret", "eyJ\u2192secret"])
def test_a_malformed_token_is_not_printed(rollbook, served, monkeypatch, token):
    monkeypatch.setenv("ROLLBOOK_TOKEN", token)

    done = rollbook("export", *served)

    assert (done.exit_code, "secret" in done.output) == (2, False)
    assert isinstance(done.exception, SystemExit)


def test_a_token_is_required_and_can_be_in_a_file(
    rollbook, served, write_file, administrator, monkeypatch, tmp_path
):
    monkeypatch.delenv("ROLLBOOK_TOKEN")
    assert "needs a token" in rollbook("import", write_file(ADA), *served).stderr
    (tmp_path / "token").write_text(f"{administrator.token}\n")

    rollbook("import", write_file(ADA), "--token-file", tmp_path / "token", *served)
    done = rollbook("import", write_file(ADA), "--token-file", tmp_path / "token", *served)

    assert done.exit_code == 0
