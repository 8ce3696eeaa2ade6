"""Importing the exports of other systems on the command line."""

import orjson
import pytest
from click.testing import CliRunner

from api.cli import main
from api.core.database import db
from api.users.models import User
from tests.other_systems import MAKERS
from tests.support import PASSWORD
from tests.transfer.conftest import ADA, list_output

HASH = MAKERS["bcrypt 2y"](PASSWORD)
KIND = ("--from", "wordpress", "--without-passwords", "--source")
KEYCLOAK = ("--from", "keycloak", "--without-passwords")
PROFILE = {"user_id": "auth0|1", "email": "ada@example.org"}
CREDENTIALS = {"_id": {"$oid": "1"}, "email": "ada@example.org", "passwordHash": HASH}


@pytest.fixture
def count_users(context):
    def count():
        number = db.session.query(User).count()
        db.session.rollback()
        return number

    return count


class TestSource:
    def test_users_of_two_sites_with_one_id_are_two_accounts(
        self, rollbook, write_file, count_users
    ):
        for name in ("ada", "grace"):
            site = write_file({"ID": 1, "user_login": name, "user_email": f"{name}@example.org"})

            done = rollbook("import", *KIND, f"site-{name}", site)

            assert done.exit_code == 0
        assert count_users() == 2

    def test_it_needs_the_kind_of_the_system(self, rollbook, write_file):
        done = rollbook("import", "--source", "shop", write_file(ADA))

        assert (done.exit_code, "--source needs --from" in done.stderr) == (2, True)

    @pytest.mark.parametrize("name", ["", "x" * 65])
    def test_its_length_is_checked(self, rollbook, write_file, name):
        done = rollbook("import", "--from", "django", "--source", name, write_file(ADA))

        assert (done.exit_code, "must have 1 to 64 characters" in done.stderr) == (2, True)


class TestCredentials:
    """A file with nothing but password hashes creates no account (Auth0)."""

    def test_a_hash_without_a_profile_is_rejected(self, rollbook, write_file, count_users):
        done = rollbook("import", "--from", "auth0", "--update", write_file(CREDENTIALS))

        assert (done.exit_code, count_users()) == (1, 0)
        assert done.stderr.startswith("line 1 (ada@example.org): has no account that the row could")

    def test_without_an_update_it_is_rejected_too(self, rollbook, write_file, count_users):
        done = rollbook("import", "--from", "auth0", write_file(CREDENTIALS))

        assert (done.exit_code, count_users()) == (1, 0)
        assert "use --update" in done.stderr

    def test_a_blocked_user_stays_suspended(self, rollbook, write_file, read_accounts):
        blocked = {**PROFILE, "username": "ada", "blocked": True}
        rollbook("import", "--from", "auth0", write_file(blocked))

        done = rollbook("import", "--from", "auth0", "--update", write_file(CREDENTIALS))

        ada = read_accounts()["ada"]
        assert (done.exit_code, ada.status, ada.password_hash) == (0, "suspended", HASH)

    def test_other_records_of_the_file_create_accounts(self, rollbook, write_file, count_users):
        other = {**CREDENTIALS, "_id": {"$oid": "2"}, "email": "grace@example.org"}

        done = rollbook("import", "--from", "auth0", "--update", write_file(PROFILE, other))

        assert (list_output(done), count_users()) == (["1 created, 0 unchanged, 1 rejected"], 1)


class TestReports:
    def test_a_rejected_record_of_one_line_is_found(self, rollbook, tmp_path, write_file):
        records = [{"localId": f"f{number}", "phoneNumber": "+1"} for number in range(2)]
        file = tmp_path / "users.json"
        file.write_bytes(orjson.dumps({"users": records}))

        done = rollbook("import", "--from", "firebase", file)

        first, second = done.stderr.splitlines()[:2]
        assert first.startswith("line 1 (f0): email is missing")
        assert second.startswith("line 1, record 2 (f1): email is missing")

    def test_the_results_name_the_record(self, rollbook, tmp_path, write_file):
        results = tmp_path / "results"
        record = {"localId": "f0", "phoneNumber": "+1"}

        rollbook("import", "--from", "firebase", write_file(record), "--results", results)

        row = orjson.loads(results.read_bytes().splitlines()[0])
        assert (row["record"], row["external_id"], row["email"]) == (1, "f0", None)

    def test_a_known_number_of_rejected_rows_is_accepted(self, rollbook, write_file):
        file = write_file({**ADA, "password_hash": HASH}, {"email": "no"}, {"email": "no"})

        codes = [
            rollbook("import", file, "--accept-rejected", number).exit_code for number in (2, 1)
        ]

        assert codes == [0, 1]


@pytest.mark.parametrize("text", [b"", b" \n", b'{"users": []}', b'{"realm": "x", "users": []}'])
@pytest.mark.parametrize("options", [[], ["--from", "keycloak"]])
def test_a_file_without_users_is_a_warning_and_the_command_fails(rollbook, tmp_path, text, options):
    (tmp_path / "users.json").write_bytes(text)

    done = rollbook("import", tmp_path / "users.json", *options)

    assert (done.exit_code, "Warning: The file has no users." in done.stderr) == (1, True)


def test_records_that_are_not_users_are_counted(rollbook, write_file):
    service = {"id": "2", "username": "bot", "serviceAccountClientId": "app"}
    user = {"id": "1", "email": "ada@example.org", "createdTimestamp": 1714566896789}

    done = rollbook("import", *KEYCLOAK, write_file(user, service))

    assert (done.exit_code, list_output(done)) == (0, ["1 created, 0 unchanged, 0 rejected"])
    assert "Skipped, because they are not users: 1\n" in done.stderr


class TestCheckPassword:
    """A password is verified with a file alone, without a database."""

    @pytest.fixture
    def check(self, write_file, monkeypatch):
        for name in ("DATABASE_URL", "ENCRYPTION_KEY", "ENVIRONMENT"):
            monkeypatch.delenv(name, raising=False)
        file = str(write_file({"email": "ada@example.org", "password_hash": HASH}))

        def run(*options):
            arguments = ["users", "import", file, "--check-password", "1", *options]
            return CliRunner().invoke(main, arguments, input=f"{PASSWORD}\n")

        return run

    @pytest.mark.parametrize("options", [(), ("--url", "https://rollbook.example.org")])
    def test_no_database_is_needed(self, check, options):
        done = check(*options)

        assert (done.exit_code, list_output(done)) == (
            0,
            ["The password matches the hash in line 1."],
        )

    def test_a_pepper_that_is_not_configured_is_rejected(self, check):
        assert "PASSWORD_PEPPERS" in check("--pepper", "mine").stderr
