"""The dependencies (G-03), and rules for the source (G-04)."""

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
MIN_VERSIONS = {  # older ones have known vulnerabilities
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
    def test_G_03_every_dependency_is_pinned_with_its_hashes(self, lock):
        assert len(entries(lock)) >= 1
        assert [line[:60] for line in entries(lock) if not PIN.match(line)] == []
        assert [line[:60] for line in entries(lock) if not HASH.search(line)] == []

    @pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
    def test_G_03_locks_name_no_index(self, lock):
        assert not re.search(r"https?://|--index-url|--extra-index|file:", lock.read_text())

    def test_G_03_no_pinned_version_has_a_known_vulnerability(self):
        pinned = {
            match[1].lower(): match[2]
            for lock in LOCKS
            for match in map(PIN.match, entries(lock))
            if match
        }
        assert {
            name for name in MIN_VERSIONS if Version(pinned[name]) < Version(MIN_VERSIONS[name])
        } == set()

    def test_G_03_the_installed_versions_are_the_pinned_ones(self):
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
    """Return whether SQL is built from values other than constants."""
    if name_of(call) not in {"text", "execute", "exec_driver_sql", "scalar", "scalars"}:
        return False
    return any(
        isinstance(part, ast.FormattedValue) and not getattr(part.value, "id", "").isupper()
        for argument in call.args
        for part in ast.walk(argument)
    ) or any(isinstance(argument, ast.BinOp) for argument in call.args)


def disables_certificate_checks(call):
    return getattr(keywords(call).get("verify"), "value", None) is False


def decodes_tokens(call):
    """Return whether the JWT library is called directly, without our checks."""
    return name_of(call) == "decode" and getattr(call.func.value, "id", "") == "jwt"


def has_no_timeout(call):
    library = getattr(getattr(call.func, "value", None), "id", "")
    asks = library in {"requests", "httpx"} and name_of(call) in {"get", "post", "put", "request"}
    return (asks or name_of(call) == "urlopen") and "timeout" not in keywords(call)


def runs_data_as_code(call):
    return name_of(call) in {"eval", "exec", "loads"} and (
        name_of(call) != "loads"
        or getattr(call.func.value, "id", "") in {"pickle", "marshal", "yaml"}
    )


RULES = [builds_sql, disables_certificate_checks, decodes_tokens, has_no_timeout, runs_data_as_code]
BAD = {
    builds_sql: "execute(text(f'SELECT {name}'))",
    disables_certificate_checks: "get(url, verify=False)",
    decodes_tokens: "jwt.decode(token, options={})",
    has_no_timeout: "httpx.get(url)",
    runs_data_as_code: "pickle.loads(body)",
}


CHECKS = {decodes_tokens: {"api/oauth/assertions.py"}}  # these are our checks themselves


class TestSource:
    def test_G_04_bandit_finds_nothing_of_medium_severity(self):
        command = [sys.executable, "-m", "bandit", "-q", "-r", "-ll", "-c", "pyproject.toml", "api"]
        found = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
        assert found.returncode == 0, found.stdout + found.stderr

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
    def test_G_04_our_rules_find_nothing(self, rule):
        found = [
            f"{path.relative_to(ROOT)}:{call.lineno}"
            for path in SOURCES
            for call in calls(ast.parse(path.read_text()))
            if rule(call) and str(path.relative_to(ROOT)) not in CHECKS.get(rule, ())
        ]
        assert found == []

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
    def test_G_04_our_rules_find_a_bad_example(self, rule):
        assert any(map(rule, calls(ast.parse(BAD[rule]))))
