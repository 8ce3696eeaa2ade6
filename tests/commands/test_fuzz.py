"""`rollbook fuzz`: what it needs, and what it changes."""

from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from api.commands import fuzz
from api.core.program_secrets import make_secret
from api.fuzz.contract import Operation
from api.fuzz.ledger import ROLES, USERS, Ledger
from api.fuzz.results import Part
from api.fuzz.targets import UNKNOWN, UNKNOWN_ROLE, Targets, avoid_deliveries

A_USER, ANOTHER_USER = (
    "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f11",
    "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f12",
)


class NoKeeper:
    """A keeper that creates nothing new."""

    def __init__(self, ledger):
        self.ledger = ledger

    def create_target(self):
        return "created"

    create_role = create_invitation = create_webhook = find_event = create_target
    create_service_account = create_target


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path)


@pytest.fixture
def targets(ledger):
    return Targets(NoKeeper(ledger), set())


def operation(method, path):
    return Operation("any", method, path, {})


def run(*arguments, **options):
    return CliRunner().invoke(fuzz.command, ["--url", "http://127.0.0.1:9", *arguments], **options)


def test_C_20_without_the_extra_the_command_names_it(monkeypatch):
    monkeypatch.setattr(fuzz, "find_spec", lambda _name: None)

    assert (
        run("--token", "x").output
        == "rollbook: this needs schemathesis: pip install 'rollbook[fuzz]'\n"
    )


def test_C_20_an_instance_on_another_machine_is_fuzzed_only_after_a_question():
    result = CliRunner().invoke(fuzz.command, ["--url", "https://example.org", "--token", "x"])

    assert "is on another machine" in result.output
    assert "Aborted" in result.output


def test_C_20_an_instance_that_does_not_answer_is_reported_in_one_line():
    result = run("--token", "x", "--seed", "1")

    assert result.output.splitlines()[1:] == ["rollbook: http://127.0.0.1:9 does not answer"]


@pytest.mark.parametrize("value", [A_USER, ANOTHER_USER])
def test_C_20_a_user_of_others_is_never_changed(targets, value):
    ids = {"user_id": value}

    targets.protect(operation("DELETE", "/api/users/{user_id}"), "DELETE", ids, None)

    assert ids["user_id"] in {"created", UNKNOWN}


@pytest.mark.parametrize("name", ["admin", "user", "support"])
def test_C_20_a_role_of_others_is_never_changed(targets, name):
    ids = {"name": name}

    targets.protect(operation("PATCH", "/api/roles/{name}"), "PATCH", ids, None)

    assert ids["name"] in {"created", UNKNOWN_ROLE}


@pytest.mark.parametrize("value", [A_USER, ANOTHER_USER])
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("account_id", "/api/service-accounts/{account_id}"),
        ("account_id", "/api/service-accounts/{account_id}/credentials"),
        ("webhook_id", "/api/webhooks/{webhook_id}"),
        ("webhook_id", "/api/webhooks/{webhook_id}/test"),
    ],
)
def test_C_20_a_service_account_or_a_webhook_of_others_is_never_changed(targets, name, path, value):
    ids = {name: value}

    targets.protect(operation("POST", path), "POST", ids, None)

    assert ids[name] in {"created", UNKNOWN}


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://example.org:8443/hook?a=b",
        "HTTP://user@10.0.0.1/",
        "https://[::1]/x",
        "https://a.example\\@b.example/",
    ],
)
def test_C_20_a_webhook_of_a_run_sends_nothing_to_a_host(url):
    sent = urlsplit(avoid_deliveries({"url": url, "events": ["*"]})["url"])

    assert sent.hostname == "fuzz.invalid"


@pytest.mark.parametrize("body", [{}, {"url": None}, {"url": "no URL"}])
def test_a_body_without_a_url_stays_as_it_is(body):
    assert avoid_deliveries(body) == body


def test_O_01_a_report_contains_no_secret_of_a_response():
    secrets = [make_secret("rb_live_"), make_secret("rb_client_"), "whsec_Y2FuYXJ5"]

    part = Part("administrator", has_failed=True, log=f"[201] {secrets}", seconds=1)

    assert [secret for secret in secrets if secret in part.log] == []


def test_C_20_what_the_run_has_created_may_be_changed(targets, ledger):
    ledger.add(USERS, A_USER)
    ledger.add(ROLES, "fuzz-1")
    ids = {"user_id": A_USER, "name": "fuzz-1"}

    targets.protect(operation("PUT", "/api/users/{user_id}/roles/{name}"), "PUT", ids, None)

    assert ids == {"user_id": A_USER, "name": "fuzz-1"}


def test_C_20_the_cleanup_knows_what_all_processes_have_created(ledger, tmp_path):
    (tmp_path / "users-1").write_text("of another process\n")
    ledger.add(USERS, A_USER)

    assert set(ledger.list_all(USERS)) == {"of another process", A_USER}
