"""The specification as one HTML page: nothing is loaded, and no script runs but its own."""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from cucumber_messages import Envelope, message_converter
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from features.report.coverage import Table
from features.report.failure import explain
from features.report.glossary import make_glossary
from features.report.outline import Outline, Scenario, make_outline
from features.report.permissions import list_permissions
from features.report.records import Status
from features.report.requirements import Requirement, list_requirements
from features.report.results import NOT_RUN
from features.report.run import Run
from features.report.run import Scenario as ScenarioName
from features.report.verdict import judge

TEMPLATE = Path(__file__).parent / "template"
README = Path(__file__).parents[1] / "README.md"
SECURITY = Path(__file__).parents[2] / "docs" / "security.md"
WORDS = {
    Status.PASSED: "passed",
    Status.FAILED: "failed",
    Status.UNDEFINED: "not implemented",
    Status.SKIPPED: "skipped",
    NOT_RUN: "not run",
}


@dataclass(frozen=True)
class Formatter:
    """The report of Cucumber: its style sheet, its script, and the messages that it shows."""

    style: Markup
    script: Markup
    messages: Markup


def load_formatter(directory: Path, envelopes: Iterable[Envelope]) -> Formatter:
    """Return the report from the files of ``@cucumber/html-formatter``."""
    documents = ",".join(json.dumps(message_converter.to_dict(each)) for each in envelopes)
    escaped = documents.replace("<", r"\x3C")  # as its own stream does: no tag can end the script
    return Formatter(
        Markup((directory / "main.css").read_text()),
        Markup((directory / "main.js").read_text()),
        Markup(f"window.CUCUMBER_MESSAGES = [{escaped}];"),
    )


def render_page(
    run: Run, envelopes: list[Envelope], tables: tuple[Table, Table], formatter: Formatter | None
) -> str:
    """Return the page."""
    outline = make_outline(envelopes)
    style, script = (Markup((TEMPLATE / f"page.{kind}").read_text()) for kind in ("css", "js"))
    operations, codes = tables
    requirements = list_requirements(outline, SECURITY.read_text())
    return (
        make_environment(outline, requirements)
        .get_template("page.html")
        .render(
            run=run,
            finished=format_time(run.finished),
            outline=outline,
            verdict=judge(run, outline),
            counts=count_contents(outline),
            glossary=make_glossary(README.read_text()),
            requirements=requirements,
            permissions=list_permissions(),
            operations=operations,
            codes=codes,
            formatter=formatter,
            style=style,
            script=script,
            policy=make_policy(style, script, formatter),
        )
    )


def make_environment(outline: Outline, requirements: list[Requirement]) -> Environment:
    """Return the environment of the template, with what it calls."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["count_of"] = count_of
    environment.filters["link"] = partial(link_scenarios, outline)
    environment.filters["explain"] = explain
    environment.globals["WORDS"] = WORDS
    environment.globals["SENTENCES"] = {each.id: " ".join(each.sentences) for each in requirements}
    return environment


def make_policy(style: str, script: str, formatter: Formatter | None) -> str:
    """Return the Content-Security-Policy: the scripts of the page, and no request at all.

    The report of Cucumber adds style sheets as it runs, whose hashes are not known.
    """
    scripts = [script, *([formatter.messages, formatter.script] if formatter else [])]
    styles = "'unsafe-inline'" if formatter else list_hashes([style])
    return (
        f"default-src 'none'; script-src {list_hashes(scripts)}; style-src {styles}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def list_hashes(texts: Iterable[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in texts)
    return " ".join(f"'sha256-{digest.decode()}'" for digest in digests)


def link_scenarios(outline: Outline, names: Iterable[ScenarioName]) -> list[Scenario]:
    """Return the scenarios of these names, an outline once for all of its examples."""
    found = (outline.scenarios[name.uri, name.name] for name in names)
    return list({scenario.anchor: scenario for scenario in found}.values())


def count_contents(outline: Outline) -> list[tuple[int, str]]:
    rules = [rule for feature in outline.features for rule in feature.rules if rule.name]
    return [
        (len(outline.capabilities), "capabilities"),
        (len(outline.features), "features"),
        (len(rules), "rules"),
        (len(outline.results), "scenarios, each row of examples counted"),
    ]


def count_of(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def format_time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%-d %B %Y, %H:%M} UTC"
