"""What all commands have in common."""

import subprocess
import sys

import click
import pytest

from api.cli import COMMANDS, main
from tests.service import ROOT


def test_help_lists_every_command_and_each_has_a_help_text(rollbook):
    help_text = rollbook("--help").output

    for name in COMMANDS:
        assert f"  {name} " in help_text
        assert rollbook(name, "--help").exit_code == 0


def list_commands(group, context):
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        inner = list_commands(found, context) if isinstance(found, click.Group) else [""]
        yield from (f"{name} {each}".strip() for each in inner)


def test_case_N_11_the_page_lists_every_command():
    page = (ROOT / "docs/command-line.md").read_text("utf-8")

    missing = [name for name in list_commands(main, click.Context(main)) if name not in page]

    assert missing == []


def test_an_unknown_command_is_rejected(rollbook):
    done = rollbook("fly")

    assert done.exit_code == 2
    assert "No such command" in done.output


@pytest.mark.parametrize("number", [0, 9223372036854775807, 99999999999999999999])
@pytest.mark.parametrize(
    "arguments",
    [
        ("users", "list", "--limit"),
        ("audit", "list", "--limit"),
        ("keys", "list", "--limit"),
        ("sessions", "list", "ada", "--limit"),
        ("users", "import", "/dev/null", "--chunk-rows"),
        ("users", "export", "--page-rows"),
    ],
)
def test_a_number_that_is_out_of_range_is_rejected(rollbook, arguments, number):
    done = rollbook(*arguments, str(number))

    assert (done.exit_code, "is not in the range" in done.output) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("users", "create", "abc\udcff", "ada@example.org"),
        ("users", "list", "--q", "\udcff"),
        ("users", "set-password", "x\udcff"),
    ],
)
def test_an_argument_that_is_not_utf_8_is_rejected(rollbook, arguments):
    done = rollbook(*arguments, stdin="a nanosecond is a foot of wire")

    assert (done.exit_code, done.output) == (2, "rollbook: an argument is not UTF-8\n")


def test_settings_are_checked_before_the_application_is_imported():
    program = (
        "import sys, api.cli, api.instance, api.commands.config;"
        "print({'flask', 'sqlalchemy', 'alembic', 'api.app'} & sys.modules.keys())"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "set()\n"
