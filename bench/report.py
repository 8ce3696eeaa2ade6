"""What was measured, what it was to be, and where and when it was measured."""

import os
import platform
import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

PUBLISHED = Path(__file__).with_name("README.md")
BETWEEN = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- /figures -->)", re.DOTALL)
PACKAGES = (
    "argon2-cffi flask flask-jwt-extended flask-limiter flask-restx flask-sqlalchemy granian "
    "gunicorn orjson prometheus-flask-exporter psycopg redis sqlalchemy structlog uvloop werkzeug"
)


@dataclass(frozen=True)
class Target:
    """What a value is to be."""

    told: str
    met_by: Callable[[float], bool]


def at_least(least: float) -> Target:
    return Target(f"at least {least:,}", lambda value: value >= least)


def at_most(most: float) -> Target:
    return Target(f"at most {most:,}", lambda value: value <= most)


def between(least: float, most: float) -> Target:
    return Target(f"{least} to {most}", lambda value: least <= value <= most)


@dataclass(frozen=True)
class Figure:
    """One of the figures; where there is none, ``value`` says why."""

    name: str
    value: float | str
    unit: str = ""
    target: Target | None = None

    def cells(self) -> tuple[str, str, str]:
        """Return the name, the value with its unit, and how it compares with the target."""
        if isinstance(self.value, str):
            return self.name, self.value, ""
        shown = f"{_rounded(self.value)} {self.unit}".rstrip()
        if self.target is None:
            return self.name, shown, ""
        verdict = "met" if self.target.met_by(self.value) else "MISSED"
        return self.name, shown, f"{self.target.told}: {verdict}"


def _rounded(value: float) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 3 if value < 1 else 2  # noqa: PLR2004
    return f"{value:,.{digits}f}"


def on_screen(figure: Figure) -> str:
    name, value, target = figure.cells()
    return f"{name:<52} {value:>18}  {target}"


def publish(figures: Iterable[Figure], conditions: dict[str, str]) -> None:
    """Write the figures into the page, in place of those before."""
    told = "".join(f"- {name}: {value}\n" for name, value in conditions.items())
    rows = "".join(f"| {' | '.join(figure.cells())} |\n" for figure in figures)
    table = f"| what | measured | target |\n| --- | ---: | --- |\n{rows}"
    page = PUBLISHED.read_text()
    PUBLISHED.write_text(BETWEEN.sub(lambda _: f"\n{told}\n{table}\n", page))


def conditions(**known: str) -> dict[str, str]:
    """Return what the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return {
        "Date": date.today().isoformat(),  # noqa: DTZ011  of who measures
        "Machine": f"{_processor()}, {cores} cores for everything, {memory:.0f} GiB",
        "System": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        **known,
        "Packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES.split()),
        "Commit": _commit(),
    }


def _processor() -> str:
    names = re.findall(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return names[0] if names else platform.machine()


def _commit() -> str:
    git = ["git", "-C", str(PUBLISHED.parent), "describe", "--always", "--dirty"]
    told = subprocess.run(git, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"
