"""``python -m features.report``: check the coverage of the last run, and write its page.

It ends with 1 if an operation or an error code is reached by no scenario. With ``--refresh`` it
runs the features first, unless their results are newer than every source.
"""

import subprocess
import sys
from pathlib import Path

from features.report.coverage import ROOT, Table, load_exemptions, make_tables
from features.report.messages import load
from features.report.outline import make_outline
from features.report.page import Formatter, load_formatter, render_page
from features.report.results import NOT_RUN
from features.report.run import MESSAGES, Run, load_run
from tests.node import NoPackagesError, find_file

RESULTS = Path("build/specification")
PAGE = Path("build/specification.html")
SERVED = Path("api/specification/build/specification.html")  # docs/specification.md
FORMATTER = "@cucumber/html-formatter/dist"
SOURCES = ("api", "features", "tests", "openapi/openapi.json", "conftest.py", "requirements")
SUFFIXES = {".py", ".feature", ".json", ".toml", ".txt"}


def main(arguments: list[str]) -> int:
    failed = run_features() if "--refresh" in arguments and not is_current() else False
    if not (ROOT / RESULTS / MESSAGES).exists():
        sys.stderr.write("There are no results of the features: `make bdd` writes them.\n")
        return 1
    run = load_run(ROOT / RESULTS)
    tables = make_tables(run, load_exemptions())
    envelopes = load((ROOT / RESULTS / MESSAGES).read_text())
    page = render_page(run, envelopes, tables, find_formatter(envelopes))
    for path in (PAGE, SERVED) if run.is_full else (PAGE,):
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(page)
    outline = make_outline(envelopes)
    missing = sum(result.status == NOT_RUN for result in outline.results)
    sys.stdout.write("\n".join([*report(run, tables, missing), f"page: {PAGE}", ""]))
    has_gaps = run.is_full and (missing or any(table.gaps for table in tables))
    return 1 if failed or has_gaps else 0


def report(run: Run, tables: tuple[Table, Table], missing: int) -> list[str]:
    """Return the summary of the coverage and its gaps, as lines."""
    if not run.is_full:
        return ["coverage: not checked, since not all features were run"]
    lines = [f"coverage: {missing} scenarios were not run"] if missing else []
    for table in tables:
        lines.append(f"coverage: {table.summary}")
        lines += [f"  no scenario: {row.subject.id} ({row.subject.place})" for row in table.gaps]
    return lines


def find_formatter(envelopes: list) -> Formatter | None:
    """Return the report of Cucumber, or None where its npm package cannot be had."""
    try:
        return load_formatter(find_file(FORMATTER), envelopes)
    except NoPackagesError as error:
        sys.stderr.write(f"The page has no Cucumber report: {error}\n")
        return None


def is_current() -> bool:
    """Return whether the results are newer than every source."""
    results = ROOT / RESULTS / MESSAGES
    if not results.exists():
        return False
    written = results.stat().st_mtime
    return all(path.stat().st_mtime < written for path in list_sources())


def list_sources() -> list[Path]:
    tops = [ROOT / name for name in SOURCES]
    files = [path for top in tops for path in (top.rglob("*") if top.is_dir() else [top])]
    return [path for path in files if path.suffix in SUFFIXES and path.exists()]


def run_features() -> bool:
    """Run all features; return whether one of them failed."""
    on_two_cores = ["--numprocesses", "2", "--dist", "loadfile"]
    command = ["-m", "pytest", *on_two_cores, "--specification", str(RESULTS), "features"]
    return subprocess.run([sys.executable, *command], cwd=ROOT, check=False).returncode != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
