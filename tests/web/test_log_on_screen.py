import sys

import pytest
import structlog

from api.web import logging as log_stream

log = structlog.get_logger()


def crash(error: Exception) -> None:
    raise error


class TestInATerminal:
    @pytest.fixture
    def shown(self, capsys, monkeypatch):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        log_stream.configure("INFO", "auto")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
        yield lambda: capsys.readouterr().out
        log_stream.configure()

    def test_lines_are_for_people(self, shown):
        log.info("started", port=8000)

        assert shown().split()[1:] == ["[info", "]", "started", "port=8000"]

    def test_escape_sequences_are_disarmed(self, shown):
        log.info("met\n\x1b[2J", value="\x1b[2J")

        assert "\x1b" not in (text := shown())
        assert len(text.splitlines()) == 1

    def test_a_crash_is_told_below_its_line(self, shown):
        try:
            crash(ValueError("why"))
        except ValueError:
            log.exception("crashed")

        head, why, *frames = shown().splitlines()
        assert "crashed" in head
        assert why == "ValueError: why"
        assert "test_log_on_screen.py" in frames[-1]
