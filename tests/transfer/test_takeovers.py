"""An update never gives the account of one user to another (A-01)."""

import orjson
import pytest

from api.core.database import in_transaction
from api.login import service as login
from api.login.errors import InvalidCredentials
from api.transfer.outcomes import OnConflict
from tests.other_systems import MAKERS
from tests.support import PASSWORD
from tests.transfer.conftest import ADA, describe, list_output, make_rows

UPDATE = {"on_conflict": OnConflict.UPDATE}
CYRILLIC = str.maketrans("ao", "\u0430\u043e")
EVIL = "evil@attacker.example"
EVIL_HASH = MAKERS["bcrypt 2y"]("a password of the attacker")


LARGE = {"app_metadata": {"text": "x" * 15_000}}


def make_external(number, **members):
    return {**members, "external_source": "legacy", "external_id": str(number)}


@pytest.mark.parametrize("username", ["root", "ROOT", "root".translate(CYRILLIC)])
@pytest.mark.parametrize("external", [{}, make_external(666)])
def test_A_01_an_account_is_not_updated_by_its_username_alone(
    import_rows, read_accounts, user, username, external
):
    root = user("root", role="admin")
    row = {"username": username, "email": EVIL, "password_hash": EVIL_HASH, **external}

    result = import_rows(row, **UPDATE)

    assert (result.updated, result.conflicts) == (0, 1)
    assert "/email" in describe(result)[0][1]
    assert read_accounts()["root"].email == root.email
    with pytest.raises(InvalidCredentials):
        in_transaction(lambda: login.log_in("a password of the attacker", username="root"))
    assert in_transaction(lambda: login.log_in(PASSWORD, username="root"))


def test_A_01_a_username_that_was_registered_before_gets_no_roles(import_rows, read_accounts, user):
    erin = user("erin")
    row = make_external(21, username="erin", email="erin@legacy.example.org", roles=["editor"])

    result = import_rows({**row, "roles": ["admin"]}, **UPDATE)

    assert describe(result)[0][0] == "conflict"
    assert (read_accounts()["erin"].email, read_accounts()["erin"].roles) == (erin.email, ("user",))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            make_external(1, username="carol", email="carol@example.org"),
            make_external(2, username="carol".translate(CYRILLIC), email=EVIL),
        ),
        (make_external(11, email="dave@example.org"), make_external(12, email="Dave@example.org")),
        ({"email": "dave@example.org"}, {"email": "DAVE@example.org", "display_name": "Other"}),
        ({"email": "dave@example.org", "username": "dave"}, {"email": EVIL, "username": "Dave"}),
        (make_external(1, email="dave@example.org"), make_external(1, email=EVIL)),
    ],
)
@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("between", [0, 160])  # 160 large rows are more than one batch
def test_A_01_a_later_row_does_not_update_the_account_of_an_earlier_one(
    import_rows, read_accounts, first, second, exists, between
):
    if exists:
        import_rows({"email": first["email"]})

    result = import_rows(first, *make_rows(between, **LARGE), second, **UPDATE)

    assert (result.created + result.updated + result.unchanged, result.conflicts) == (
        1 + between,
        1,
    )
    account = read_accounts()[first.get("username")]
    assert (account.email, account.display_name) == (first["email"], None)
    assert account.external_id == first.get("external_id")


@pytest.mark.parametrize(
    "external", [make_external(2), {**make_external(1), "external_source": "x"}]
)
def test_A_01_an_external_id_is_not_replaced(import_rows, read_accounts, external):
    import_rows({**ADA, **make_external(1)})

    result = import_rows({**ADA, **external}, **UPDATE)

    assert describe(result)[0][0] == "conflict"
    account = read_accounts()["ada"]
    assert (account.external_source, account.external_id) == ("legacy", "1")


def test_A_01_the_account_with_the_email_address_gets_an_external_id(import_rows, read_accounts):
    import_rows(ADA)

    assert import_rows({**ADA, **make_external(1)}, **UPDATE).updated == 1
    assert read_accounts()["ada"].external_id == "1"


def test_an_identical_row_is_unchanged_after_an_update(import_rows):
    import_rows(ADA)
    row = {**ADA, "display_name": "Countess"}

    result = import_rows(row, row, row, **UPDATE)

    assert (result.updated, result.unchanged, result.conflicts) == (1, 2, 0)


def test_a_row_in_conflict_does_not_prevent_the_update_by_a_later_row(import_rows, read_accounts):
    import_rows(ADA)

    result = import_rows(
        {"username": "ada", "email": EVIL}, {**ADA, "display_name": "Countess"}, **UPDATE
    )

    assert [outcome for outcome, _ in describe(result)] == ["conflict", "updated"]
    assert read_accounts()["ada"].display_name == "Countess"


class TestCommand:
    @pytest.mark.parametrize("dry_run", [[], ["--dry-run"]])
    @pytest.mark.parametrize("chunk_rows", [1, 2, 100])
    def test_A_01_rows_of_different_chunks_are_not_mistaken_for_each_other(
        self, rollbook, write_file, tmp_path, dry_run, chunk_rows
    ):
        carol = make_external(1, username="carol", email="carol@example.org")
        rows = [
            carol,
            ADA,
            {**ADA, "display_name": "Countess"},
            make_external(2, username="carol".translate(CYRILLIC), email=EVIL),
            carol,
        ]
        results = tmp_path / "results"
        options = ("--chunk-rows", chunk_rows, "--results", results, *dry_run)

        done = rollbook("import", write_file(*rows), "--update", *options)

        outcomes = [orjson.loads(line) for line in results.read_bytes().splitlines()][:-1]
        assert [(row["line"], row["outcome"]) for row in outcomes] == [
            (3, "conflict"),
            (4, "conflict"),
            (5, "unchanged"),
        ]
        assert done.exit_code == 1
        assert list_output(done)[0].startswith("2 ")

    def test_A_01_an_interrupted_update_continues_with_the_same_conflicts(
        self, rollbook, write_file, break_target, read_accounts
    ):
        file = write_file(ADA, *make_rows(2), {**ADA, "display_name": "Countess"})
        break_target("import_chunk", 2)
        rollbook("import", file, "--update", "--chunk-rows", 2)

        done = rollbook("import", file, "--update", "--chunk-rows", 2, "--resume")

        assert "1 in conflict" in done.stdout
        assert read_accounts()["ada"].display_name is None
