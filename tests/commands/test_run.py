"""`rollbook run` and `rollbook --instance`: a service with a directory of its own."""

import json
import re
import socket
import sqlite3
import stat
import subprocess
from contextlib import closing
from itertools import takewhile
from secrets import token_urlsafe
from urllib.request import urlopen

import pytest

from api.commands.run import make_welcome
from api.config import load
from tests.processes import free_port, start, stop, wait_until
from tests.settings import DEVELOPMENT


def test_instance_creates_nothing_where_there_is_no_instance(installation):
    done = installation.run_program("--instance", "users", "list")

    assert done.returncode == 2
    assert done.stderr == "rollbook: there is no instance here; start one with `rollbook run`\n"
    assert list(installation.directory.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--instance", "users", "list"),
        ("users", "--instance", "list"),
        ("users", "list", "--instance"),
        ("users", "export", "--output", "-", "--instance"),
        ("config", "check", "--instance"),
        ("migrate", "--check", "--instance"),
    ],
)
def test_case_N_09_instance_may_stand_anywhere(installation, arguments):
    instance = installation.directory / "instance"
    instance.mkdir()
    (instance / "encryption-key").write_text(token_urlsafe(48))
    assert installation.run("migrate", "--instance").returncode == 0

    done = installation.run(*arguments)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [("users", "list"), ("migrate",), ("serve",)])
def test_case_N_09_without_a_database_both_ways_to_choose_one_are_named(installation, arguments):
    done = installation.run(*arguments)

    assert done.returncode == 2
    assert done.stderr == (
        "rollbook: DATABASE_URL: required, or --instance for the data of `rollbook run`\n"
    )


def test_case_N_16_a_shell_works_on_what_run_has_made(installation):
    instance = installation.directory / "instance"
    instance.mkdir()
    (instance / "encryption-key").write_text(token_urlsafe(48))
    installation.run("migrate", "--first-administrator", "--instance")

    done = installation.run("shell", "--instance", input="print(User.query.one().username)\n")

    assert done.returncode == 0
    assert ">>> admin\n" in done.stdout


def test_the_directory_of_an_instance_may_have_any_name(installation, tmp_path):
    directory = tmp_path / "is it 100%? #1"
    instance = directory / "instance"
    instance.mkdir(parents=True)
    (instance / "encryption-key").write_text(token_urlsafe())

    assert installation.run("--instance", "migrate", directory=directory).returncode == 0
    assert (instance / "rollbook.sqlite").stat().st_size > 0
    assert installation.run("--instance", "users", "list", directory=directory).returncode == 0


def test_run_creates_an_instance_once_and_keeps_it(installation):
    first = start_and_stop(installation, "first")
    instance = installation.directory / "instance"
    secret = (instance / "encryption-key").read_bytes()
    second = start_and_stop(installation, "second")

    assert re.search(r"^  password  \S{24}$", first, re.MULTILINE)
    assert "shown once" not in second
    assert "/docs" in second
    assert (instance / "encryption-key").read_bytes() == secret
    assert {stat.S_IMODE(file.stat().st_mode) for file in instance.iterdir()} == {0o600}
    with closing(sqlite3.connect(instance / "rollbook.sqlite")) as database:
        users = database.execute("SELECT username, role FROM users JOIN user_roles").fetchall()
    assert users == [("admin", "admin")]


def test_case_N_08_the_url_is_printed_on_standard_error_when_the_service_listens(installation):
    port = free_port()
    environment = {**installation.environment, "PORT": str(port), "METRICS_PORT": "0"}
    with subprocess.Popen(
        [*installation.program, "run"],
        cwd=installation.directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        lines = iter(process.stderr.readline, "")
        before = list(takewhile(lambda line: not line.startswith("Rollbook is at"), lines))
        with socket.create_connection(("127.0.0.1", port)):
            process.terminate()
        output, _ = process.communicate(timeout=30)

    assert any("password" in line for line in before)
    events = [json.loads(line)["event"] for line in output.splitlines()]  # nothing but the log
    assert "serving" in events
    assert events[-1] == "stopped"


@pytest.mark.parametrize("port", [0, 65_000])
def test_case_N_08_a_port_in_use_is_reported_with_another_to_try(installation, port):
    with socket.create_server(("127.0.0.1", port)) as taken:
        port = taken.getsockname()[1]
        other = port + 1000 if port + 1000 <= 65_535 else port - 1000
        done = installation.run("run", PORT=str(port))

    assert done.returncode == 2
    assert done.stderr == f"rollbook: port {port} is in use; try PORT={other} make run\n"
    assert not (installation.directory / "instance" / "rollbook.sqlite").exists()


def start_and_stop(installation, log_name) -> str:
    """Run the service until it is ready and has said so, stop it, and return what it wrote."""
    port, log = free_port(), installation.directory / log_name
    environment = {**installation.environment, "PORT": str(port), "METRICS_PORT": "0"}
    command = [*installation.program, "run"]
    process = start(command, log, cwd=installation.directory, env=environment)

    def is_ready() -> bool:
        try:
            ready = urlopen(f"http://127.0.0.1:{port}/health/ready").status == 200
            return ready and "/docs" in log.read_text()
        except OSError:
            return False

    try:
        wait_until(is_ready, process, log)
    finally:
        stop(process)
    return log.read_text()


@pytest.mark.parametrize("mail_url", [None, "smtp://localhost"])
def test_the_welcome_names_the_mailbox_if_there_is_one(mail_url):
    given = {**DEVELOPMENT, "mail_url": mail_url, "mail_from": "no-reply@example.org"}

    welcome = make_welcome(load(given))

    assert ("/dev/mailbox" in welcome) is (mail_url is None)
