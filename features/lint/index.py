"""Write the index of the features into features/README.md: ``python -m features.lint.index``."""

from collections.abc import Iterable
from itertools import groupby

from features.lint.catalogue import ROOT, Feature, read_features
from features.lint.words import README

START, END = "<!-- index -->\n", "<!-- end of the index -->\n"


def render_index(features: Iterable[Feature]) -> str:
    """Return the features by capability, with links, versions and numbers of scenarios."""
    lines = []
    for capability, group in groupby(features, key=lambda feature: feature.path.parent.name):
        lines += [f"### {capability.replace('_', ' ').capitalize()}", ""]
        lines += ["| feature | scenarios | since |", "|---|---|---|"]
        lines += [*map(render_row, group), ""]
    return "\n".join(lines)


def render_row(feature: Feature) -> str:
    path = feature.path.relative_to(ROOT)
    number = sum(len(scenario.examples) for scenario in feature.scenarios)
    since = next(tag for tag in feature.tags if tag.startswith("since:")).removeprefix("since:")
    return f"| [{feature.name}]({path}) | {number} | {since} |"


def main() -> None:
    before, rest = README.read_text().split(START)
    after = rest.split(END)[1]
    README.write_text(f"{before}{START}\n{render_index(read_features())}\n{END}{after}")


if __name__ == "__main__":
    main()
