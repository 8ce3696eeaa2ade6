import json
import logging
import sys
import warnings
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
import structlog

from api.core import clock
from api.core.principal import ApiKeyCredential, Principal
from api.core.secrets import new_id
from api.web import log_lines
from api.web import logging as log_stream

NASTY = 'a\r\nb\x1b[31m\u2028\u0085"{\\'
log = structlog.get_logger()
KEY_ID = new_id()
ADA = Principal(id=UUID(int=7), credential=ApiKeyCredential(KEY_ID))


def crash(error: Exception) -> None:
    raise error


@pytest.fixture
def lines(capsysbinary):
    """Return a function that reads the JSON lines on standard output."""
    log_stream.configure("DEBUG", "json")

    def read() -> list[dict]:
        return [json.loads(line) for line in capsysbinary.readouterr().out.decode().splitlines()]

    yield read
    log_stream.unbind_request()
    log_stream.configure()


@pytest.fixture
def line(lines):
    def only() -> dict:
        [found] = lines()
        return found

    return only


@pytest.mark.parametrize(
    ("message", "is_written"),
    [("Configuration allows spawning up to 30 Python threads", False), ("Started worker-1", True)],
)
def test_only_the_warning_of_many_threads_is_dropped(message, is_written):
    record = logging.makeLogRecord({"msg": message})

    assert log_stream.is_not_about_threads(record) is is_written


def test_a_process_without_standard_output_can_configure_its_log(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)

    log_stream.configure()
    log.info("dropped")


@pytest.mark.parametrize(
    ("route", "status", "level"),
    [
        ("/health/live", 200, "debug"),
        ("/health/ready", 200, "debug"),
        ("/health/ready", 503, "info"),
        ("/health/live", 429, "info"),
        ("/api/me", 200, "info"),
        (None, 404, "info"),
    ],
)
def test_case_N_07_a_successful_health_check_is_logged_at_debug(line, route, status, level):
    exchange = SimpleNamespace(request_id="4f2a", route=route, principal=None)

    log_stream.log_request(exchange, "GET", status, 0.001)

    assert line()["level"] == level


def test_case_N_07_health_checks_are_not_logged_at_info(lines):
    log_stream.configure("INFO", "json")
    exchange = SimpleNamespace(request_id="4f2a", route="/health/ready", principal=None)

    log_stream.log_request(exchange, "GET", 200, 0.001)

    assert lines() == []


class TestRequestLine:
    exchange = SimpleNamespace(request_id="4f2a", route="/api/users/<uuid:id>", principal=ADA)

    def test_the_line_has_operation_outcome_and_caller(self, line, monkeypatch):
        moment = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
        monkeypatch.setattr(clock, "now", lambda: moment)

        log_stream.log_request(self.exchange, "GET", 200, 0.0012345)

        assert line() == {
            "timestamp": "2026-11-23T09:30:00Z",
            "level": "info",
            "event": "request",
            "request_id": "4f2a",
            "method": "GET",
            "route": "/api/users/<uuid:id>",
            "status": 200,
            "duration_ms": 1.234,
            "actor_id": str(ADA.id),
            "actor_kind": "user",
            "credential_id": str(KEY_ID),
        }

    def test_a_request_without_a_route_is_unmatched(self, line):
        nowhere = SimpleNamespace(request_id="4f2a", route=None, principal=None)

        log_stream.log_request(nowhere, "GET", 404, 0.001)

        assert line()["route"] == "unmatched"


class TestContext:
    def test_O_03_every_line_of_a_request_has_its_id_and_caller(self, lines):
        log_stream.bind_request("4f2a")
        log_stream.bind_principal(ADA)
        log.info("ours")
        logging.getLogger("library").info("theirs")

        found = lines()
        assert [each["request_id"] for each in found] == ["4f2a"] * 2
        assert [each["actor_id"] for each in found] == [str(ADA.id)] * 2
        assert [each["actor_kind"] for each in found] == ["user"] * 2
        assert [each["credential_id"] for each in found] == [str(KEY_ID)] * 2

    def test_a_new_request_replaces_the_context(self, line):
        log_stream.bind_request("4f2a")
        log_stream.bind_principal(ADA)
        log_stream.bind_request("77b0")
        log.info("ours")

        found = line()
        assert found["request_id"] == "77b0"
        assert "actor_id" not in found

    def test_the_context_ends_with_the_request(self, line):
        log_stream.bind_request("4f2a")
        log_stream.unbind_request()
        log.info("idle")

        assert "request_id" not in line()


class TestFormat:
    """One event is one line of JSON."""

    def test_O_02_line_breaks_and_escapes_are_escaped(self, line):
        log.info("met", value=NASTY, nested={NASTY: [NASTY]})

        found = line()
        assert found["value"] == NASTY
        assert found["nested"] == {NASTY: [NASTY]}

    @pytest.mark.usefixtures("lines")
    def test_O_02_a_line_is_ascii(self, capsysbinary):
        log.info("met", value="\u2028\u0085é\x9b")

        assert capsysbinary.readouterr().out.isascii()

    def test_O_02_a_long_value_is_cut(self, line):
        log.info("met", value="x" * 50_000)

        assert len(line()["value"]) == log_lines.MAX_VALUE_LENGTH

    @pytest.mark.parametrize(
        "value",
        [2**80, float("nan"), {1, 2}, b"\xff", object(), "\ud800", {3: 4}, [[[[[[[[[[1]]]]]]]]]]],
    )
    def test_O_02_any_value_gives_valid_json(self, line, value):
        log.info("met", value=value)

        assert line()["event"] == "met"

    def test_O_02_a_value_whose_text_fails_is_replaced(self, line):
        class Broken:
            def __str__(self) -> str:
                raise RuntimeError

        log.info("met", value=Broken())

        assert line()["value"] == "<Broken>"

    def test_O_02_an_exception_is_one_line(self, line):
        try:
            crash(ValueError(NASTY))
        except ValueError:
            log.exception("crashed")

        [described] = line()["exception"]
        assert described["type"] == "ValueError"
        assert "test_logging.py" in described["frames"][-1]

    def test_O_02_an_exception_group_lists_each_exception(self, line):
        try:
            crash(ExceptionGroup("both", [ValueError("one"), LookupError("two")]))
        except ExceptionGroup:
            log.exception("crashed")

        [described] = line()["exception"]
        assert [each["type"] for [each] in described["exceptions"]] == ["ValueError", "LookupError"]

    def test_O_02_libraries_and_warnings_have_the_same_form(self, lines):
        logging.getLogger("_granian").info("Started %s", "worker-1")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(capture=False)
            logging.captureWarnings(capture=True)
            warnings.warn("careful", stacklevel=1)

        granian, warning = lines()
        assert (granian["event"], granian["logger"]) == ("Started worker-1", "_granian")
        assert "careful" in warning["event"]


class TestSecrets:
    """Secrets are removed even if code logs them."""

    @pytest.mark.parametrize(
        "name",
        [
            "password",
            "new_password",
            "access_token",
            "Authorization",
            "JWT_SECRET_KEY",
            "Set-Cookie",
            "redis_dsn",
            "DATABASE_URL",
            "api_key",
        ],
    )
    def test_O_01_secrets_are_redacted_by_name(self, line, name):
        log.info("met", **{name: "canary"}, nested=[{name: "canary"}])

        found = line()
        assert found[name] == "[redacted]"
        assert found["nested"] == [{name: "[redacted]"}]

    @pytest.mark.parametrize("name", ["credential_id", "api_key", "client_credential"])
    def test_O_03_the_id_of_a_credential_is_logged(self, line, name):
        key_id = new_id()
        log.info("met", **{name: key_id}, details={name: str(key_id)})

        assert (found := line())[name] == str(key_id)
        assert found["details"] == {name: str(key_id)}

    def test_O_03_a_missing_credential_is_logged_as_null(self, line):
        log.info("met", credential_id=None)

        assert line()["credential_id"] is None

    def test_O_01_a_random_uuid_under_the_name_of_a_secret_is_redacted(self, line):
        log.info("met", api_key=str(uuid4()))

        assert line()["api_key"] == "[redacted]"

    @pytest.mark.parametrize(
        "text",
        [
            "Bearer canary",
            "postgresql://rollbook:canary@localhost/rollbook",
            "token eyJhbGciOiJIUzI1NiJ9.canary.canary refused",
            "$argon2id$v=19$m=19456,t=2,p=1$canary$canary",
            "Basic canary",
            "rb_live_canary",
            "the key rb_live_canary of Ada",
            "rb_client_canary",
            "whsec_canary",
            "whsec_ab+/canary==",
        ],
    )
    def test_O_01_secrets_are_redacted_by_form(self, line, text):
        logging.getLogger("library").error("failed: %s", text)

        assert "canary" not in json.dumps(line())

    def test_O_01_local_variables_are_not_in_a_traceback(self, line):
        def log_in(password: str) -> None:
            raise LookupError

        try:
            log_in("canary")
        except LookupError:
            log.exception("crashed")

        found = line()
        assert found["exception"][0]["frames"][-1].endswith("log_in")
        assert "canary" not in json.dumps(found)

    def test_O_01_only_the_first_line_of_a_driver_message_is_logged(self, line):
        try:
            crash(ValueError("duplicate key\nDETAIL: Key (email)=(canary) already exists."))
        except ValueError:
            log.exception("crashed")

        found = line()
        assert found["exception"][0]["message"] == "duplicate key"
        assert "canary" not in json.dumps(found)

    def test_O_01_libraries_log_no_input_at_debug_level(self, lines):
        logging.getLogger("sqlalchemy.engine.Engine").info("INSERT … %s", "canary")
        logging.getLogger("werkzeug").info("GET /?token=canary")
        logging.getLogger("flask-limiter").info("limit of canary")
        logging.getLogger("psycopg").debug("canary")

        assert lines() == []


@pytest.mark.usefixtures("lines")
class TestFailures:
    def test_a_full_disk_causes_no_error(self, monkeypatch):
        with open("/dev/full", "w") as full:  # noqa: PTH123
            monkeypatch.setattr(sys, "stdout", full)
            log.info("lost")
            logging.getLogger("library").info("lost")
            monkeypatch.undo()
            with pytest.raises(OSError, match="No space"):
                full.close()

    def test_a_closed_or_missing_output_causes_no_error(self, monkeypatch):
        for output in (None, SimpleNamespace()):
            with monkeypatch.context() as patch:
                patch.setattr(sys, "stdout", output)
                log.info("lost")

    def test_a_message_with_wrong_arguments_causes_no_error(self, line):
        record = logging.makeLogRecord({"name": "library", "msg": "%d", "args": ("one",)})
        [handler] = [
            each for each in logging.root.handlers if isinstance(each, log_stream.LibraryHandler)
        ]
        handler.handle(record)

        found = line()
        assert (found["event"], found["logger"]) == ("unreadable", "library")

    def test_a_full_log_file_causes_no_error(self, line):
        log_stream.configure("INFO", "json", "/dev/full")

        log.info("kept")

        assert line()["event"] == "kept"


class TestFile:
    def test_the_file_has_the_same_lines(self, lines, tmp_path):
        log_stream.configure("INFO", "json", tmp_path / "rollbook.log")

        log.info("kept", id=UUID(int=7))

        assert [json.loads((tmp_path / "rollbook.log").read_text())] == lines()
