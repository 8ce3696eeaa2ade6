"""`rollbook openapi`."""

import json

from click.testing import CliRunner

from api.cli import main


def test_the_contract_and_the_error_codes_are_written_and_compared(rollbook, tmp_path):
    root = ("--root", str(tmp_path))

    assert rollbook("openapi", "--check", *root).exit_code == 1
    assert rollbook("openapi", *root).exit_code == 0
    assert rollbook("openapi", "--check", *root).exit_code == 0
    contract = json.loads((tmp_path / "openapi/openapi.json").read_text())
    assert contract["openapi"].startswith("3.1")
    assert "`email_taken`" in (tmp_path / "docs/errors.md").read_text()


def test_case_N_13_the_check_shows_what_differs(rollbook, tmp_path):
    root = ("--root", str(tmp_path))
    rollbook("openapi", *root)
    file = tmp_path / "openapi/openapi.json"
    contract = json.loads(file.read_text())
    del contract["paths"]["/api/login"]["post"]["responses"]["401"]
    contract["info"]["title"] = "Rollcall"
    file.write_text(json.dumps(contract))

    result = rollbook("openapi", "--check", *root)

    assert result.exit_code == 1
    assert '- /info/title: "Rollcall"\n+ /info/title: "Rollbook"\n' in result.output
    assert "+ /paths/~1api~1login/post/responses/401: {" in result.output
    assert "openapi.json is out of date: run `rollbook openapi`" in result.output


def test_case_N_13_the_check_shows_the_lines_of_a_text_that_differ(rollbook, tmp_path):
    root = ("--root", str(tmp_path))
    rollbook("openapi", *root)
    file = tmp_path / "docs/errors.md"
    file.write_text(file.read_text().replace("# Error codes", "# Codes"))

    output = rollbook("openapi", "--check", *root).output

    assert "-# Codes\n+# Error codes\n" in output


def test_case_N_13_a_long_difference_is_cut(rollbook, tmp_path):
    root = ("--root", str(tmp_path))
    rollbook("openapi", *root)
    (tmp_path / "docs/errors.md").write_text("")

    lines = rollbook("openapi", "--check", *root).output.splitlines()

    assert len(lines) <= 45
    assert "…" in lines


def test_the_contract_does_not_depend_on_settings(rollbook):
    settings = {
        "DOCS_ENABLED": "false",
        "ENVIRONMENT": "testing",
        "METRICS_PUBLIC": "true",
        "PASSWORD_MIN_LENGTH": "20",
        "PORT": "1234",
        "REGISTRATION_ENABLED": "false",
    }
    contract = rollbook("openapi", "--stdout").output

    assert contract == CliRunner().invoke(main, ["openapi", "--stdout"], env=settings).output
    assert json.loads(contract)["paths"]
