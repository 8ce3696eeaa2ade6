"""Records each scenario as it runs, in the process in which it runs."""

import os
import sqlite3
import time
from pathlib import Path

import pytest
from flask import Flask, Response, request, request_finished
from sqlalchemy import Dialect

from api.core.database import db
from features.report.records import (
    RequestRecord,
    ScenarioRecord,
    Status,
    StepRecord,
    dump_record,
)

RECORD = pytest.StashKey[ScenarioRecord]()
GIVEN = "given"


class Recorder:
    """A plugin of pytest with the hooks of pytest-bdd."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.current: ScenarioRecord | None = None

    def pytest_sessionstart(self) -> None:
        request_finished.connect(self._record_request)

    def pytest_sessionfinish(self) -> None:
        request_finished.disconnect(self._record_request)

    def pytest_bdd_before_scenario(self, request, feature, scenario) -> None:
        self.current = request.node.stash[RECORD] = ScenarioRecord(
            uri=self._shorten(feature.filename),
            name=scenario.name,
            texts=[step.name for step in scenario.steps],
            feature=feature.name,
            worker=os.environ.get("PYTEST_XDIST_WORKER", ""),
        )

    def pytest_bdd_after_scenario(self) -> None:
        if self.current.steps and not self.current.steps[-1].finished:
            self._finish(Status.SKIPPED)  # by ``pytest.skip``, of which no hook is told
        self.current = None

    def pytest_bdd_before_step(self, step, step_func) -> None:
        code = step_func.__code__
        function = (self._shorten(code.co_filename), code.co_firstlineno)
        started = StepRecord(step.name, step.type, time.time_ns(), function=function)
        self.current.steps.append(started)

    def pytest_bdd_after_step(self) -> None:
        self._finish(Status.PASSED)

    def pytest_bdd_step_error(self, exception) -> None:
        self._finish(Status.FAILED, exception)

    def pytest_bdd_step_func_lookup_error(self, step, exception) -> None:
        self.current.steps.append(StepRecord(step.name, step.type, time.time_ns()))
        self._finish(Status.UNDEFINED, exception)

    def _finish(self, status: Status, error: BaseException | None = None) -> None:
        step = self.current.steps[-1]
        step.status, step.finished = status, time.time_ns()
        if error is not None:
            step.error_type, step.error_message = type(error).__name__, self._scrub(str(error))

    def _record_request(self, sender: Flask, response: Response, **_: object) -> None:
        if self.current is None:
            return
        kind = self.current.steps[-1].kind if self.current.steps else GIVEN
        self.current.requests.append(
            RequestRecord(kind, find_operation(sender), response.status_code, read_code(response))
        )
        self.current.database = describe_database(db.engine.dialect) or self.current.database

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item):
        """Attach the record to the report: pytest-xdist sends it to the main process."""
        report = yield
        record = item.stash.get(RECORD, None)
        if record is None:
            return report
        if report.when == "teardown" and report.failed:
            record.clean_up_error = self._scrub(report.longreprtext)
        if report.when == "teardown":
            report.scenario = dump_record(record)
        return report

    def _shorten(self, path: str) -> str:
        """Return a path below the root of the project: no path of this machine is published."""
        absolute = Path(path).resolve()
        is_inside = absolute.is_relative_to(self.root)
        return absolute.relative_to(self.root).as_posix() if is_inside else absolute.name

    def _scrub(self, text: str) -> str:
        return text.replace(f"{self.root}{os.sep}", "")


def describe_database(dialect: Dialect) -> str:
    """Return the name and the version of the database, such as ``PostgreSQL 17.10``."""
    if dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    version = ".".join(map(str, dialect.server_version_info or ()))
    return f"PostgreSQL {version}" if version else ""  # not yet connected


def find_operation(app: Flask) -> str | None:
    """Return the id of the operation that answers the current request, if it is one."""
    view = app.view_functions.get(request.endpoint or "")
    method = "get" if request.method == "HEAD" else request.method.lower()
    endpoint = getattr(getattr(view, "view_class", None), method, None)
    operation = getattr(endpoint, "operation", None)
    return None if operation is None else operation.id


def read_code(response: Response) -> str | None:
    """Return the error code of a response, if it is an error."""
    if response.status_code < 400 or not response.is_json:
        return None
    return response.get_json()["error"]
