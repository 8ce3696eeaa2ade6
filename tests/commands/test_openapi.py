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
