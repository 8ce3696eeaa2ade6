"""Figures, their targets, and the conditions under which they were measured."""

import os
import platform
import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).with_name("README.md")
FIGURES = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- /figures -->)", re.DOTALL)
PACKAGES = (
    "argon2-cffi flask flask-jwt-extended flask-limiter flask-restx flask-sqlalchemy granian "
    "gunicorn orjson prometheus-flask-exporter psycopg redis sqlalchemy structlog uvloop werkzeug"
)


@dataclass(frozen=True)
class Target:
    """A range that a value has to be in."""

    description: str
    is_met: Callable[[float], bool]


def at_least(minimum: float) -> Target:
    return Target(f"at least {minimum:,}", lambda value: value >= minimum)


def at_most(maximum: float) -> Target:
    return Target(f"at most {maximum:,}", lambda value: value <= maximum)


def between(minimum: float, maximum: float) -> Target:
    return Target(f"{minimum} to {maximum}", lambda value: minimum <= value <= maximum)


@dataclass(frozen=True)
class Figure:
    """A measured value; a text explains why there is no value."""

    name: str
    value: float | str
    unit: str = ""
    target: Target | None = None

    def format_cells(self) -> tuple[str, str, str]:
        """Return the name, the value with its unit, and the target with whether it is met."""
        if isinstance(self.value, str):
            return self.name, self.value, ""
        text = f"{_format_number(self.value)} {self.unit}".rstrip()
        if self.target is None:
            return self.name, text, ""
        verdict = "met" if self.target.is_met(self.value) else "MISSED"
        return self.name, text, f"{self.target.description}: {verdict}"


def _format_number(value: float) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 3 if value < 1 else 2  # noqa: PLR2004
    return f"{value:,.{digits}f}"


def format_line(figure: Figure) -> str:
    name, value, target = figure.format_cells()
    return f"{name:<52} {value:>18}  {target}"


def publish_figures(figures: Iterable[Figure], conditions: dict[str, str]) -> None:
    """Replace the figures in bench/README.md."""
    items = "".join(f"- {name}: {value}\n" for name, value in conditions.items())
    rows = "".join(f"| {' | '.join(figure.format_cells())} |\n" for figure in figures)
    table = f"| figure | measured | target |\n| --- | ---: | --- |\n{rows}"
    PAGE.write_text(FIGURES.sub(lambda _: f"\n{items}\n{table}\n", PAGE.read_text()))


def collect_conditions(**others: str) -> dict[str, str]:
    """Return the conditions that the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return {
        "Date": date.today().isoformat(),  # noqa: DTZ011  the local date
        "Machine": f"{_find_processor()}, {cores} cores for everything, {memory:.0f} GiB",
        "System": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        **others,
        "Packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES.split()),
        "Commit": _find_commit(),
    }


def _find_processor() -> str:
    names = re.findall(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return names[0] if names else platform.machine()


def _find_commit() -> str:
    git = ["git", "-C", str(PAGE.parent), "describe", "--always", "--dirty"]
    result = subprocess.run(git, capture_output=True, text=True, check=False)
    return result.stdout.strip() or "unknown"
