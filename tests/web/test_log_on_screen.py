import sys

import pytest
import structlog

from api.web import logging as log_stream

log = structlog.get_logger()


def crash(error: Exception) -> None:
    raise error


class TestTerminal:
    @pytest.fixture
    def output(self, capsys, monkeypatch):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        log_stream.configure("INFO", "auto")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
        yield lambda: capsys.readouterr().out
        log_stream.configure()

    def test_a_line_is_readable_text(self, output):
        log.info("started", port=8000)

        assert output().split()[1:] == ["[info", "]", "started", "port=8000"]

    def test_O_02_escape_sequences_are_escaped(self, output):
        log.info("met\n\x1b[2J", value="\x1b[2J")

        assert "\x1b" not in (text := output())
        assert len(text.splitlines()) == 1

    def test_a_traceback_follows_its_line(self, output):
        try:
            crash(ValueError("why"))
        except ValueError:
            log.exception("crashed")

        head, why, *frames = output().splitlines()
        assert "crashed" in head
        assert why == "ValueError: why"
        assert "test_log_on_screen.py" in frames[-1]
