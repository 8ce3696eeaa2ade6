"""The generated code passes strict type checks, and has no type weaker than the contract."""

import re
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import start
from tests.clients.generation import PYTHON_PACKAGE

# Types that the contract leaves open. Audit events, and the full payloads of webhooks, have other
# `details` for each action.
OPEN = {
    "AccessTokenRequest": "the service ignores further members (RFC 6749, 3.2)",
    "PresentedToken": "the service ignores further members (RFC 7662, 2.1)",
    "PresentedTokenWithClient": "the service ignores further members (RFC 7662, 2.1)",
    "RequestEmailChangeResponses": "a response without a body",
    "RequestPasswordResetResponses": "a response without a body",
    "RevokeResponses": "a response without a body",
    "RevokeTokenResponses": "a response without a body",
    "SendPasswordResetMailResponses": "a response without a body",
    "SentClientPublicKey": "a JWK can have further members (RFC 7517, 4)",
    "Metadata": "any JSON that users and administrators store",
}
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
LITERAL = re.compile(r"'[^']*'")
FREE = re.compile(r"\bdetails\??: \{\s*\[key: string\]: unknown;\s*\}")
TYPE = re.compile(r"^export type (\w+) = (.*?);$(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)
WEAK = re.compile(r"\b(?:any|unknown)\b|Record<string, never>")


@pytest.fixture(scope="module")
def types(typescript_client) -> str:
    """The generated TypeScript types, without comments and string literals."""
    text = (typescript_client / "rollbook" / "types.gen.ts").read_text("utf-8")
    return LITERAL.sub("''", COMMENT.sub("", text))


def find_type(types: str, name: str) -> str:
    return dict(TYPE.findall(types))[name]


def find_models(place: Path) -> list[Path]:
    return sorted((place / PYTHON_PACKAGE / "rollbook_client" / "models").glob("[!_]*.py"))


def test_C_03_the_python_client_and_the_example_pass_mypy(python_client):
    checked = [f"{PYTHON_PACKAGE}/rollbook_client", *map(str, python_client.glob("*.py"))]

    done = start(
        python_client, [sys.executable, "-m", "mypy", "--strict", *checked], MYPYPATH=PYTHON_PACKAGE
    )

    assert done.returncode == 0, done.stdout


def test_the_typescript_client_and_the_example_pass_tsc(typescript_client):
    done = start(typescript_client, ["node", "node_modules/.bin/tsc", "--project", "."])

    assert done.returncode == 0, done.stdout


def test_C_02_only_free_members_have_an_unknown_type_in_typescript(types):
    weak = {name for name, members in TYPE.findall(types) if WEAK.search(FREE.sub("", members))}

    assert weak == OPEN.keys()


def test_C_11_metadata_have_the_same_type_everywhere_and_it_is_not_empty(types):
    assert find_type(types, "Metadata") == "{\n    [key: string]: unknown;\n}"
    for name in ("User", "UserPatch", "UserCreation"):
        assert re.search(r"^    user_metadata\??: Metadata;", find_type(types, name), re.MULTILINE)


def test_C_02_members_with_a_default_are_optional_in_requests(types):
    for name in ("UserCreation", "ImportedUser"):
        assert re.search(r"^    roles\?: ", find_type(types, name), re.MULTILINE)


def test_C_02_members_of_responses_are_not_optional(types):
    for member in ("username", "roles", "user_metadata"):
        assert re.search(rf"^    {member}: ", find_type(types, "User"), re.MULTILINE)


def test_C_04_a_page_of_an_export_is_a_blob(types):
    assert re.search(r"200: Blob", find_type(types, "ExportUsersResponses"))


def test_no_member_of_a_python_model_has_the_type_any(python_client):
    models = find_models(python_client)
    fields = [
        (model.stem, line.strip())
        for model in models
        for line in model.read_text("utf-8").splitlines()
        if re.match(r"    \w+: .*\bAny\b", line) and "additional_properties" not in line
    ]

    assert len(models) > 40
    assert fields == []


def test_C_11_no_model_has_a_number_for_a_name(python_client):
    numbered = [m.stem for m in find_models(python_client) if re.search(r"_type_\d", m.stem)]

    assert numbered == []
