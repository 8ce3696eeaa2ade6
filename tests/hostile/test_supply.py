"""What the service is made of: G-03, and rules for its own source: G-04."""

import ast
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
FLOORS = {  # below which something is known against them
    "flask": "3.1.3",
    "flask-restx": "1.3.2",
    "pyjwt": "2.15.1",
    "werkzeug": "3.1.9",
    "gunicorn": "27.0.1",
    "argon2-cffi": "25.1.0",
    "granian": "2.8.7",
}
PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.IGNORECASE)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def entries(lock):
    """Return each entry of a lock as one line."""
    lines = lock.read_text().replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


class TestLocks:
    @pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
    def test_G_03_pin_everything_with_its_hashes(self, lock):
        assert len(entries(lock)) >= 1
        assert [line[:60] for line in entries(lock) if not PIN.match(line)] == []
        assert [line[:60] for line in entries(lock) if not HASH.search(line)] == []

    @pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
    def test_G_03_name_no_index(self, lock):
        assert not re.search(r"https?://|--index-url|--extra-index|file:", lock.read_text())

    def test_G_03_hold_nothing_that_is_known_to_be_unsafe(self):
        pinned = {
            match[1].lower(): match[2]
            for lock in LOCKS
            for match in map(PIN.match, entries(lock))
            if match
        }
        assert {name for name in FLOORS if Version(pinned[name]) < Version(FLOORS[name])} == set()

    def test_G_03_are_what_runs(self):
        runtime = dict(
            PIN.match(line).groups() for line in entries(ROOT / "requirements/runtime.txt")
        )
        here = {name: version(name) for name in ("flask", "pyjwt", "werkzeug", "flask-restx")}
        assert here == {name: runtime[name] for name in here}


SOURCES = sorted((ROOT / "api").rglob("*.py"))


def calls(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def name_of(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def keywords(call):
    return {keyword.arg: keyword.value for keyword in call.keywords}


def builds_sql(call):
    """Tell whether text is put together on its way to the database, other than of constants."""
    if name_of(call) not in {"text", "execute", "exec_driver_sql", "scalar", "scalars"}:
        return False
    return any(
        isinstance(part, ast.FormattedValue) and not getattr(part.value, "id", "").isupper()
        for argument in call.args
        for part in ast.walk(argument)
    ) or any(isinstance(argument, ast.BinOp) for argument in call.args)


def trusts_anyone(call):
    return getattr(keywords(call).get("verify"), "value", None) is False


def decodes_anything(call):
    """Tell whether a token is decoded with the library itself, past what auth.py demands of it."""
    return name_of(call) == "decode" and getattr(call.func.value, "id", "") == "jwt"


def waits_for_ever(call):
    library = getattr(getattr(call.func, "value", None), "id", "")
    asks = library in {"requests", "httpx"} and name_of(call) in {"get", "post", "put", "request"}
    return (asks or name_of(call) == "urlopen") and "timeout" not in keywords(call)


def runs_text(call):
    return name_of(call) in {"eval", "exec", "loads"} and (
        name_of(call) != "loads"
        or getattr(call.func.value, "id", "") in {"pickle", "marshal", "yaml"}
    )


RULES = [builds_sql, trusts_anyone, decodes_anything, waits_for_ever, runs_text]
BAD = {
    builds_sql: "execute(text(f'SELECT {name}'))",
    trusts_anyone: "get(url, verify=False)",
    decodes_anything: "jwt.decode(token, options={})",
    waits_for_ever: "httpx.get(url)",
    runs_text: "pickle.loads(body)",
}


class TestSource:
    def test_G_04_bandit_finds_nothing_of_medium_weight_or_more(self):
        command = [sys.executable, "-m", "bandit", "-q", "-r", "-ll", "-c", "pyproject.toml", "api"]
        found = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
        assert found.returncode == 0, found.stdout + found.stderr

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
    def test_G_04_our_own_rules_find_nothing(self, rule):
        found = [
            f"{path.relative_to(ROOT)}:{call.lineno}"
            for path in SOURCES
            for call in calls(ast.parse(path.read_text()))
            if rule(call)
        ]
        assert found == []

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
    def test_G_04_our_own_rules_would_find_something(self, rule):
        assert any(map(rule, calls(ast.parse(BAD[rule]))))
