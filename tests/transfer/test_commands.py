"""The import and export commands with the database."""

import gzip

import orjson
import pytest

from api.core.database import db, transaction
from api.core.errors import DatabaseUnavailable
from api.roles.assignments import MAX_ROLES_PER_USER
from api.roles.models import Role, UserRole
from api.transfer import service
from tests.other_systems import MAKERS
from tests.support import PASSWORD
from tests.transfer.conftest import ADA, list_names, list_output, make_rows, write_ndjson

HASH = MAKERS["bcrypt 2y"](PASSWORD)


def test_a_user_of_the_file_can_log_in(rollbook, write_file, anyone):
    done = rollbook("import", write_file({**ADA, "password_hash": HASH}))

    assert (done.exit_code, list_output(done)) == (0, ["1 created, 0 unchanged, 0 rejected"])
    anyone.post("/api/login", {"username": "ada", "password": PASSWORD}, expecting=200)


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize(
    "text",
    [
        b"username;email\nada;ada@example.org\n",
        b'[{"username": "ada", "email": "ada@example.org"}]',
        b'{"username": "ada", "email": "ada@example.org", "roles": null}\n \n',
    ],
)
def test_B_17_the_format_of_a_file_is_recognised(rollbook, tmp_path, text, compress):
    (tmp_path / "users").write_bytes(compress(text))

    done = rollbook("import", "--without-passwords", tmp_path / "users")

    assert (done.exit_code, list_output(done)) == (0, ["1 created, 0 unchanged, 0 rejected"])


def test_the_format_of_standard_input_is_recognised(rollbook):
    text = "email\tusername\rada@example.org\tada\r"

    assert rollbook("import", "-", "--without-passwords", stdin=text).exit_code == 0


def test_B_17_a_file_that_is_not_recognised_is_reported_in_one_sentence(rollbook, tmp_path):
    (tmp_path / "users.xlsx").write_bytes(b"PK\x03\x04\0\0")

    done = rollbook("import", tmp_path / "users.xlsx")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "rollbook: The file is an Excel workbook or a ZIP archive, not CSV or JSON; save the table "
        "as CSV in UTF-8, or unpack it first.\n"
    )


def test_a_damaged_gzip_file_is_reported_in_one_line(rollbook, tmp_path):
    (tmp_path / "users.gz").write_bytes(gzip.compress(b"x" * 1000)[:20])

    done = rollbook("import", tmp_path / "users.gz")

    assert done.stderr == "Error: the gzip file is damaged; compress it again\n"


def test_a_guessed_encoding_is_a_warning(rollbook, tmp_path):
    (tmp_path / "users").write_bytes(
        "email,username,display_name\na@b.org,ada,Ädä".encode("cp1252")
    )

    done = rollbook("import", "--without-passwords", tmp_path / "users")

    assert (done.exit_code, "Warning: The file is not in UTF-8" in done.stderr) == (0, True)


def test_a_dry_run_reports_what_would_happen(rollbook, write_file):
    done = rollbook("import", "--dry-run", write_file(ADA))

    assert list_output(done) == ["1 would be created, 0 unchanged, 0 rejected"]
    assert "ada" not in rollbook("list").output


def test_rejected_rows_are_reported_with_their_line_and_the_command_fails(rollbook, write_file):
    rows = [*make_rows(3, password_hash=HASH), {"username": "ada", "password": PASSWORD}]
    done = rollbook("import", write_file(*rows), "--chunk-rows", 2)

    assert done.exit_code == 1
    assert list_output(done) == ["3 created, 0 unchanged, 1 rejected"]
    message = "line 4: password is not accepted; send its hash as password_hash\n"
    assert done.stderr.startswith(message)


class TestRepeating:
    def test_B_20_a_repeated_import_succeeds(self, rollbook, write_file):
        file = write_file(ADA, *make_rows(3))
        rollbook("import", file)

        done = rollbook("import", file)

        assert (done.exit_code, list_output(done)) == (0, ["0 created, 4 unchanged, 0 rejected"])

    def test_B_20_a_conflict_is_reported_and_the_command_fails(self, rollbook, write_file):
        rollbook("import", write_file(ADA))

        done = rollbook("import", write_file({**ADA, "display_name": "Countess"}))

        assert (done.exit_code, list_output(done)) == (
            1,
            ["0 created, 0 unchanged, 1 in conflict with existing accounts, 0 rejected"],
        )
        assert done.stderr == (
            "line 1 (ada@example.org): display_name differs from the account\n"
            "To update these accounts, use --update.\n"
        )

    def test_B_20_conflicts_are_updated_on_request(self, rollbook, write_file):
        rollbook("import", write_file(ADA))
        file = write_file({**ADA, "display_name": "Countess"})

        done = rollbook("import", file, "--update")

        assert (done.exit_code, list_output(done)) == (
            0,
            ["0 created, 0 unchanged, 1 updated, 0 rejected"],
        )
        assert rollbook("import", file).exit_code == 0

    def test_an_update_is_not_recommended_after_an_update(self, rollbook, write_file):
        rollbook("import", write_file(ADA))
        file = write_file({**ADA, "email": "other@example.org"})

        done = rollbook("import", file, "--update")

        assert (done.exit_code, "use --update" in done.stderr) == (1, False)


def test_results_are_written_to_a_file(rollbook, write_file, tmp_path):
    results = tmp_path / "results"

    done = rollbook("import", write_file(ADA, {"password": PASSWORD}), "--results", results)

    row, summary = map(orjson.loads, results.read_bytes().splitlines())
    assert "line 2" not in done.stderr
    assert (row["line"], row["outcome"]) == (2, "rejected")
    assert row["errors"][0]["rule"] == "password_not_hashed"
    assert summary == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "conflicts": 0,
        "rejected": 1,
        "dry_run": False,
    }


@pytest.mark.parametrize("suffix", ["", ".import-state"])
def test_results_do_not_overwrite_the_file_or_its_state(rollbook, write_file, suffix):
    file = write_file(ADA)
    before = file.read_bytes()

    done = rollbook("import", file, "--results", f"{file}{suffix}")

    assert (done.exit_code, file.read_bytes()) == (2, before)
    assert "--results must be another file" in done.output


@pytest.mark.parametrize(("output", "status"), [("", 2), ("missing/users.ndjson", 1), (".", 2)])
def test_a_file_that_cannot_be_written_is_reported_in_one_line(
    rollbook, tmp_path, monkeypatch, output, status
):
    monkeypatch.chdir(tmp_path)

    done = rollbook("export", "--output", output)

    assert done.exit_code == status
    assert isinstance(done.exception, SystemExit)


def test_a_user_with_the_maximum_number_of_roles_is_exported_and_imported(rollbook, user, tmp_path):
    ada, file = user("Ada"), tmp_path / "users.ndjson"
    with transaction():
        for number in range(MAX_ROLES_PER_USER):
            db.session.add(Role(name=f"role-{number}", description="", stored_permissions=""))
            db.session.flush()
            db.session.add(UserRole(user_id=ada.id, role=f"role-{number}"))
    rollbook("export", "--output", file)

    done = rollbook("import", file)

    assert len(orjson.loads(file.read_bytes())["roles"]) == MAX_ROLES_PER_USER + 1
    assert done.output.endswith("0 created, 1 unchanged, 0 rejected\n")


def test_an_unknown_header_is_reported_in_one_line(rollbook):
    done = rollbook("import", "-", "--format", "csv", stdin="username,email,shoe_size\n")

    assert (done.exit_code, done.output) == (1, "rollbook: shoe_size is not known\n")


def test_an_export_is_imported_unchanged(rollbook, write_file, tmp_path):
    rollbook("import", write_file({**ADA, "password_hash": HASH}))
    output = tmp_path / "all.ndjson"

    assert rollbook("export", "--hashes", "--output", output).exit_code == 0

    assert orjson.loads(output.read_bytes())["password_hash"] == HASH
    assert "1 unchanged" in rollbook("import", output).stdout


def test_hashes_are_exported_on_request_only(rollbook, write_file):
    rollbook("import", write_file({**ADA, "password_hash": HASH}))

    done = rollbook("export")

    assert [orjson.loads(line)["username"] for line in list_output(done)] == ["ada"]
    assert HASH not in done.output


def test_a_terminal_shows_progress(rollbook, write_file, monkeypatch, tmp_path):
    monkeypatch.setattr("api.commands.transfer_progress._is_terminal", lambda: True)

    assert "Importing" in rollbook("import", write_file(*make_rows(3))).stderr
    assert "Exporting" in rollbook("export", "--output", tmp_path / "out").stderr


def test_a_chunk_is_repeated_while_the_database_is_busy(rollbook, write_file, monkeypatch):
    waits, import_users, failures = [], service.import_users, [DatabaseUnavailable()] * 2

    def import_when_free(*arguments, **options):
        if failures:
            raise failures.pop()
        return import_users(*arguments, **options)

    monkeypatch.setattr(service, "import_users", import_when_free)
    monkeypatch.setattr("api.commands.transfer_targets.sleep", waits.append)

    assert list_output(rollbook("import", write_file(ADA)))[-1].startswith("1 created")
    assert waits == [1, 2]


class TestResume:
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after the commit"])
    def test_an_interrupted_import_is_resumed_and_imports_no_chunk_twice(
        self, rollbook, write_file, break_target, monkeypatch, after, tmp_path
    ):
        file, results = write_file(*make_rows(10), ADA, {}), tmp_path / "results"
        with monkeypatch.context():
            break_target("import_chunk", 3, after=after)
            assert rollbook("import", file, "--chunk-rows", 4, "--results", results).exit_code == 1
        assert "interrupted" in rollbook("import", file, "--chunk-rows", 4).stderr

        done = rollbook("import", file, "--chunk-rows", 4, "--results", results, "--resume")

        assert list_output(done) == ["11 created, 0 unchanged, 1 rejected"]
        assert [orjson.loads(line).get("line") for line in results.read_bytes().splitlines()] == [
            12,
            None,
        ]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["results", "users.ndjson"]

    def test_an_import_of_a_changed_file_is_not_resumed(self, rollbook, write_file, break_target):
        file = write_file(*make_rows(10))
        break_target("import_chunk", 2)
        rollbook("import", file, "--chunk-rows", 4)
        file.write_bytes(write_ndjson(*make_rows(11)))

        done = rollbook("import", file, "--chunk-rows", 4, "--resume")

        assert (done.exit_code, "file_size differs" in done.stderr) == (1, True)

    def test_an_interrupted_export_is_resumed(self, rollbook, write_file, break_target, tmp_path):
        rollbook("import", write_file(*make_rows(10)))
        output = tmp_path / "out"
        break_target("export_page", 3)
        assert rollbook("export", "--output", output, "--page-rows", 4).exit_code == 1
        assert not output.exists()

        assert rollbook("export", "--output", output, "--page-rows", 4, "--resume").exit_code == 0

        assert sorted(list_names(output)) == [f"person{n}" for n in range(10)]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "users.ndjson"]

    @pytest.mark.parametrize("content", ["garbage", '{"a": 1}', "[]"])
    def test_a_damaged_state_is_reported_in_one_line(self, rollbook, write_file, content):
        file = write_file(ADA)
        file.with_name(f"{file.name}.import-state").write_text(content)

        done = rollbook("import", file, "--resume")

        assert "is damaged; delete it" in done.output
        assert isinstance(done.exception, SystemExit)

    def test_there_must_be_something_to_resume(self, rollbook, write_file):
        done = rollbook("import", write_file(ADA), "--resume")

        assert (done.exit_code, done.stderr) == (
            1,
            "Error: there is no interrupted run to resume\n",
        )
