"""The feature files as Cucumber messages: source, syntax tree and pickles.

A pickle is a scenario as it runs, with the steps of the background: an outline becomes one pickle
for each row of its examples.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from cucumber_messages import Envelope, Pickle, message_converter
from gherkin.stream.gherkin_events import GherkinEvents

MEDIA_TYPE = "text/x.cucumber.gherkin+plain"


class FeatureError(Exception):
    """A feature file cannot be read."""


class Documents:
    """Reads feature files; their ids, and further ones, are unique in one stream."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.events = GherkinEvents(
            GherkinEvents.Options(print_source=True, print_ast=True, print_pickles=True)
        )

    def new_id(self) -> str:
        return self.events.id_generator.get_next_id()

    def read(self, uris: Iterable[str]) -> Iterator[Envelope]:
        """Return the messages of these files, whose paths are relative to the root.

        Raises:
            FeatureError: a file is not Gherkin.
        """
        for uri in uris:
            data = (self.root / uri).read_bytes().decode()
            source = {"uri": uri, "data": data, "mediaType": MEDIA_TYPE}
            for message in self.events.enum({"source": source}):
                if "parseError" in message:
                    raise FeatureError(message["parseError"]["message"])
                yield message_converter.from_dict(message, Envelope)


def find_uris(root: Path, directory: Path) -> list[str]:
    """Return the feature files of a directory, relative to the root."""
    return [path.relative_to(root).as_posix() for path in sorted(directory.rglob("*.feature"))]


def list_texts(pickle: Pickle) -> list[str]:
    return [step.text for step in pickle.steps]
