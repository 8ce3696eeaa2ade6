"""The catalogues: every text of every package, in every language."""

import re

import pytest

from tests.languages.catalogues import extract, list_catalogues, locate, read, update

PLACEHOLDER = re.compile(r"%\(\w+\)s|%.?")


def list_strings(message):
    """Return the translations of a message, one for each plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string)


@pytest.mark.parametrize(("package", "language"), list_catalogues())
class TestCatalogue:
    def test_it_has_exactly_the_texts_of_the_package(self, package, language):
        expected = {message.id for message in extract(package)}

        assert {message.id for message in read(package, language)} == expected

    def test_every_text_is_translated_in_every_plural_form(self, package, language):
        catalogue = read(package, language)

        for message in catalogue:
            if message.id:
                forms = catalogue.num_plurals if message.pluralizable else 1
                strings = list_strings(message)
                assert len(strings) == forms, message.id
                assert all(strings), message.id
                assert not message.fuzzy, message.id

    def test_placeholders_agree(self, package, language):
        for message in read(package, language):
            if message.id:
                source = message.id[-1] if message.pluralizable else message.id
                expected = sorted(PLACEHOLDER.findall(source))
                for text in list_strings(message):
                    assert sorted(PLACEHOLDER.findall(text)) == expected, message.id

    def test_translations_end_as_the_texts_do(self, package, language):
        """A button has no full stop, a sentence has one, and what precedes a button a colon."""
        for message in read(package, language):
            if message.id:
                source = message.id[-1] if message.pluralizable else message.id
                for text in list_strings(message):
                    assert find_end(text) == find_end(source), message.id

    def test_the_file_is_as_the_tool_writes_it(self, package, language):
        assert locate(package, language).read_bytes() == update(package, language)


def find_end(text):
    last = text.strip()[-1].translate({ord("。"): ".", ord("："): ":"})
    return last if last in ".:" else ""
