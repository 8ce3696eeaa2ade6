"""Checks of the words of a feature. Each returns the violations that it finds."""

import re
from collections.abc import Iterator

from features.lint.catalogue import ROOT, Feature

MAX_SCENARIOS = 5
README = ROOT / "README.md"
TECHNICAL = re.compile(
    r"/api/|/\.well-known|\b(?:GET|POST|PUT|PATCH|DELETE|JSON|NDJSON|HTTP|SQL)\b"
    r"|\b[1-5]\d\d (?:OK|status)\b|\bstatus [1-5]\d\d\b|\bheader\b"
)
NARRATIVE = re.compile(r"\A\s*In order .+\n\s*As .+\n\s*I want .+\Z")
ORDER = re.compile("(given )*when( then)+")
NOT_PRESENT_TENSE = re.compile(r"\b(?:should|shall|will|would)\b")
NAME = re.compile(r"[A-Z]\w+")
SECURITY_ID = re.compile(r"[A-Z]-\d\d")
OTHER_TAG = re.compile(r"local|alone|case-[BN]-\d\d|since:\d+\.\d+")
ROW = re.compile(r"^\| (.+?) \| .+ \| (.*?) ?\|$", re.MULTILINE)


def read_synonyms(readme: str) -> dict[str, str]:
    """Return the words of the glossary that are not to be used, with those in their place."""
    glossary = readme.split("## Terms")[1].split("\n## ", maxsplit=1)[0]
    rows = ROW.findall(glossary)
    return {
        word: term
        for term, words in rows
        if term != "term"
        for word in words.split(", ")
        if word.islower()
    }


def remove_quotations(text: str) -> str:
    """Return a text without what it quotes: a message of the service has its own words."""
    return re.sub(r'"[^"]*"', '""', text)


def check_form(feature: Feature) -> Iterator[str]:
    names = [scenario.name for scenario in feature.scenarios]
    if not 1 <= len(names) <= MAX_SCENARIOS:
        yield f"has {len(names)} scenarios, and {MAX_SCENARIOS} at most are allowed"
    if len(set(names)) < len(names):
        yield "has two scenarios of the same name"
    if not NARRATIVE.match(feature.description):
        yield "does not begin with the lines In order, As, I want"
    for scenario in feature.scenarios:
        if not scenario.rule:
            yield f"has no Rule above the scenario {scenario.name!r}"
        if re.fullmatch(
            "(given )*when (then )+", "".join(f"{s.kind} " for s in scenario.own_steps)
        ):
            continue
        yield f"has more or less than Given, one When and Then in {scenario.name!r}"


def check_tags(feature: Feature, security_ids: set[str]) -> Iterator[str]:
    capability, *others = feature.tags or [""]
    if capability != feature.path.parent.name or not others or "since:" not in others[0]:
        yield "does not begin with the tags of its capability and version"
    for tag in {tag for scenario in feature.scenarios for tag in scenario.tags} - {capability}:
        if tag not in security_ids and not OTHER_TAG.fullmatch(tag):
            yield f"has the unknown tag @{tag}"


def check_vocabulary(feature: Feature, synonyms: dict[str, str]) -> Iterator[str]:
    text = remove_quotations(feature.text)
    yield from (f"is technical: {found}" for found in TECHNICAL.findall(text))
    yield from (f"is not in the present tense: {it}" for it in NOT_PRESENT_TENSE.findall(text))
    for word, term in synonyms.items():
        if re.search(rf"(?<![\w-]){word}\b", text, re.IGNORECASE):
            yield f"says {word!r} instead of {term!r}"


def check_personas(feature: Feature, personas: set[str]) -> Iterator[str]:
    found = re.findall(
        r"([A-Z]\w+(?:(?:, | and )[A-Z]\w+)*) (?:has|have|is|are) (?:an?|no) ", feature.text
    )
    names = {name for group in found for name in re.split(", | and ", group)}
    yield from (f"has the unknown persona {name}" for name in sorted(names - personas))


def read_personas(readme: str) -> set[str]:
    table = readme.split("## Personas")[1].split("\n## ", maxsplit=1)[0]
    return set(
        re.findall(r"[A-Z]\w+", " ".join(re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)))
    )
