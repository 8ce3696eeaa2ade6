"""Exports of other systems are imported as docs/migrating.md describes (B-48)."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli import main
from api.transfer.origins import ORIGINS
from tests.other_systems import MAKERS
from tests.support import PASSWORD
from tests.transfer.conftest import list_output

PAGE = Path("docs/migrating.md").read_text()
EXPORTS = Path(__file__).parent / "exports"
SIGNER_KEY = (
    "YE0dO4bwD4JnJafh6lZZfkp1MtKzuKAXQcDCJNJNyeCHairWHKENOkbh3dzwaCdizzOspwr/FITUVlnOAwPKyw=="
)
FIREBASE_SCRYPT = (
    f"base64_signer_key: {SIGNER_KEY}, base64_salt_separator: Bw==, rounds: 8, mem_cost: 14"
)
FIREBASE_PASSWORD = "8x4WjoDbSxJZdR"
SECTIONS = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n?)*)", PAGE, re.MULTILINE))


def list_commands(section):
    blocks = re.findall(r"```sh\n(.*?)```", SECTIONS[section], re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture
def service(app, build):
    """The service, with the hash parameters of the Firebase project."""
    return build(firebase_scrypt=FIREBASE_SCRYPT)


@pytest.fixture
def run_page(service, tmp_path, monkeypatch):
    """Run the commands of a section of the page in a directory with the exports."""
    shutil.copytree(EXPORTS, tmp_path, dirs_exist_ok=True)
    (tmp_path / "users.csv").write_text(
        f"email,password_hash\nada@example.org,{MAKERS['bcrypt 2y'](PASSWORD)}\n"
    )
    monkeypatch.chdir(tmp_path)

    def run(section, password):
        done = []
        for command in list_commands(section):
            program, *arguments = shlex.split(command)
            assert program == "rollbook"
            with service.app_context():
                done.append(CliRunner().invoke(main, arguments, input=f"{password}\n"))
        return done

    return run


@pytest.mark.parametrize(
    "section",
    [
        "Auth0",
        "Better Auth",
        "Cognito",
        "Django",
        "Firebase",
        "Keycloak",
        "Supabase",
        "WordPress",
        "Another system",
    ],
)
def test_B_48_a_user_logs_in_after_the_commands_of_the_page(run_page, service, section):
    password = FIREBASE_PASSWORD if section == "Firebase" else PASSWORD

    done = run_page(section, password)

    assert [(command.exit_code, command.output) for command in done if command.exit_code] == []
    name = {"email": "ada@example.org", "password": password}
    assert service.test_client().post("/api/login", json=name).status_code == 200


@pytest.mark.parametrize("name", sorted(path.name for path in EXPORTS.iterdir()))
def test_B_20_a_repeated_import_of_an_export_is_unchanged(service, name):
    origin = next(origin for origin in ORIGINS if name.startswith(origin))
    arguments = ["users", "import", "--from", origin, str(EXPORTS / name)]
    with service.app_context():
        if name == "auth0-passwords.json":
            profiles = str(EXPORTS / "auth0-users.json")
            CliRunner().invoke(main, ["users", "import", "--from", origin, profiles])
            arguments.append("--update")
        first, second = (CliRunner().invoke(main, arguments) for _ in range(2))

    has_no_passwords = "None of these users has a password" in first.stderr
    assert (first.exit_code, second.exit_code) == (int(has_no_passwords), 0)
    assert list_output(second)[0].startswith("0 created, ")


def test_the_page_describes_every_system():
    described = set(re.findall(r"--from ([a-z0-9-]+)", PAGE))

    assert described == ORIGINS.keys()


class TestCommand:
    def test_what_is_lost_is_counted_by_member(self, rollbook):
        done = rollbook("import", "--from", "keycloak", EXPORTS / "keycloak-realm.json")

        assert done.exit_code == 0
        assert (
            "Not imported, with the number of users: credentials (otp) (1), "
            "federatedIdentities (1)\n" in done.stderr
        )

    @pytest.mark.parametrize(("options", "is_kept"), [([], True), (["--new-ids"], False)])
    def test_foreign_ids_become_ids_unless_they_are_not_wanted(
        self, rollbook, read_accounts, options, is_kept
    ):
        rollbook("import", "--from", "keycloak", *options, EXPORTS / "keycloak-realm.json")

        ada = read_accounts()["ada"]
        assert (str(ada.id) == ada.external_id) is is_kept

    @pytest.mark.parametrize(("options", "status"), [([], 1), (["--without-passwords"], 0)])
    def test_B_08_an_import_of_users_without_passwords_fails_unless_it_is_declared(
        self, rollbook, options, status
    ):
        file = EXPORTS / "cognito-users.json"

        done = rollbook("import", "--from", "cognito", *options, file)

        assert (done.exit_code, "Error: None of these users" in done.stderr) == (status, status)

    def test_a_table_of_another_system_is_rejected(self, rollbook):
        done = rollbook("import", "--from", "django", EXPORTS / "supabase-users.csv")

        assert (done.exit_code, done.stderr) == (1, "rollbook: password is required\n")
