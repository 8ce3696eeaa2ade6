"""`rollbook doctor` and `rollbook config check --connect`: each problem and the way out."""

import socket
import sys
from secrets import token_urlsafe

import pytest
from sqlalchemy import make_url

from tests.postgresql import connect

CHECK = ("config", "check", "--connect")
COMMANDS = pytest.mark.parametrize("command", [("doctor",), CHECK], ids=" ".join)


@pytest.fixture
def settings(sqlite_url):
    """Settings with which everything is in order."""
    return {
        "ENVIRONMENT": "development",
        "ENCRYPTION_KEY": token_urlsafe(48),
        "DATABASE_URL": sqlite_url,
    }


@pytest.fixture
def run(installation, settings):
    """Run a command with these settings changed, and require its status."""

    def run_command(*command, expecting=1, **changed):
        done = installation.run(*command, **{**settings, **changed})
        assert done.returncode == expecting, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run_command


@COMMANDS
def test_a_service_in_order_has_no_problem(run, command):
    assert "in order" in run(*command, expecting=0)


@COMMANDS
def test_B_42_redis_that_does_not_answer_is_a_problem(run, command):
    output = run(*command, REDIS_URL="redis://:canary5e1f@127.0.0.1:1/0")

    assert "REDIS_URL: " in output
    assert "check host, port and password" in output
    assert "canary5e1f" not in output


@COMMANDS
def test_B_42_redis_that_answers_is_no_problem(run, command, redis):
    assert "REDIS_URL" not in run(*command, REDIS_URL=redis(), expecting=0)


@pytest.mark.parametrize("command", [("doctor",), ("config", "check")], ids=" ".join)
@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"ALLOWED_HOSTS": "a.example", "PUBLIC_BASE_URL": "http://b.example"}, "add b.example"),
        ({"LOG_FILE": "/"}, "LOG_FILE: is a directory"),
        ({"LOG_FILE": "/no/such/directory/log"}, "LOG_FILE: cannot be written"),
        ({"DATABASE_URL": "sqlite:////no/such/file"}, "directory of the file does not exist"),
        ({"LOG_LEVLE": "INFO"}, "did you mean LOG_LEVEL?"),
    ],
    ids=str,
)
def test_B_42_common_mistakes_are_found_without_a_connection(run, command, changed, problem):
    assert problem in run(*command, **changed)


def test_B_42_one_port_cannot_serve_requests_and_metrics(run):
    base = {"ENVIRONMENT": "production", "PUBLIC_BASE_URL": "https://roll.example.com"}

    output = run("config", "check", PORT="9100", HOST="0.0.0.0", **base, expecting=2)

    assert output == "rollbook: METRICS_PORT: has to differ from PORT\n"


def test_a_hint_does_not_fail(run):
    output = run("doctor", PUBLIC_BASE_URL="https://roll.example.com", expecting=0)

    assert output.startswith("hint     TRUSTED_PROXIES: ")


def test_each_wrong_setting_is_one_line(run):
    lines = run("doctor", PORT="x", LOG_LEVEL="y").splitlines()

    assert [line.split()[:2] for line in lines] == [["problem", "PORT:"], ["problem", "LOG_LEVEL:"]]


def test_B_41_the_reason_is_that_of_the_server_and_without_the_password(run, databases):
    if not hasattr(databases, "create"):
        pytest.skip("SQLite has no passwords")
    url = make_url(databases.create())
    wrong = url.set(password="canary5e1f").render_as_string(hide_password=False)
    missing = url.set(database="missing").render_as_string(hide_password=False)

    output = run("doctor", DATABASE_URL=wrong)
    assert f'password authentication failed for user "{url.username}"' in output
    assert "canary5e1f" not in output
    assert 'database "missing" does not exist; create it' in run("doctor", DATABASE_URL=missing)
    databases.drop(str(url))


def test_B_34_a_database_without_writes_is_a_problem(run, databases):
    if not hasattr(databases, "create"):
        pytest.skip("SQLite has no standby")
    url = databases.clone()
    with connect(make_url(url)) as connection:
        name = make_url(url).database
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')

    output = run("doctor", DATABASE_URL=url)

    assert "in a read-only transaction; connect to the primary server" in output
    databases.drop(url)


def test_a_host_of_another_machine_is_a_problem(run):
    output = run("doctor", HOST="192.0.2.1", METRICS_HOST="203.0.113.1")

    assert "problem  HOST, PORT: cannot listen on 192.0.2.1:" in output
    assert "problem  METRICS_HOST, METRICS_PORT: cannot listen on 203.0.113.1:" in output


@pytest.mark.parametrize("name", ["PORT", "METRICS_PORT"])
def test_a_port_in_use_is_a_hint_as_the_service_may_use_it(run, name):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        output = run("doctor", expecting=0, **{name: str(port)})

    assert f":{port} is in use; that is fine if Rollbook itself runs" in output


def test_few_open_files_are_a_hint_that_names_the_number_needed(installation, settings):
    doctor = f"ulimit -n 256; exec {sys.executable} -m api.cli doctor"

    done = installation.run_shell(doctor, **settings)

    assert done.returncode == 0
    assert "hint     open files: a process may open 256, so a worker serves 144" in done.stdout
    assert "which need 1136; set LimitNOFILE=8192 in systemd, or run `ulimit -n" in done.stdout


@pytest.fixture
def other_key(run):
    """Another ENCRYPTION_KEY than that of the signing keys in the database."""
    run("keys", "rotate", expecting=0)
    return {"ENCRYPTION_KEY": token_urlsafe(48)}


@COMMANDS
def test_the_encryption_key_of_the_signing_keys_is_no_problem(run, other_key, command):
    assert "in order" in run(*command, expecting=0)


@COMMANDS
def test_another_encryption_key_is_a_problem_that_names_the_way_out(run, other_key, command):
    output = run(*command, **other_key)

    assert "ENCRYPTION_KEY: the active signing key is encrypted with another one" in output
    assert "set the former one, or if it is lost run `rollbook keys rotate --now`" in output
    assert other_key["ENCRYPTION_KEY"] not in output


def test_serve_does_not_start_with_another_encryption_key(run, other_key):
    [line] = run("serve", PORT="0", METRICS_PORT="0", expecting=2, **other_key).splitlines()

    assert line.startswith("rollbook: ENCRYPTION_KEY: the active signing key is encrypted with")
    assert line.endswith("run `rollbook keys rotate --now`, or start with --wait")


def test_a_rotation_with_the_new_encryption_key_is_the_way_out(run, other_key):
    run("keys", "rotate", "--now", expecting=0, **other_key)

    assert "in order" in run("doctor", expecting=0, **other_key)


def test_a_next_key_of_another_algorithm_is_a_hint_that_names_both(run, other_key):
    output = run("doctor", SIGNING_ALGORITHM="RS256", expecting=0)

    assert "hint     SIGNING_ALGORITHM: the next signing key is for ES256 and" in output
    assert "the setting is RS256" in output
