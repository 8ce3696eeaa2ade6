"""`rollbook users`: what administrators do with the API, an operator can do here."""

import json

import pytest

from api.commands import lookups, users
from api.users import schemas
from tests.commands.conftest import last_line
from tests.support import PASSWORD

NAMES = ("Ada", "Edsger", "Grace", "Mallory", "Root")
MEMBERS = set(schemas.user)


def read_member(shown: str, name: str) -> str:
    """Return the value of a member in what `show` prints."""
    (line,) = (line for line in shown.split("\n") if line.startswith(f"{name} "))
    return line.removeprefix(name).lstrip()


@pytest.fixture
def listed(rollbook):
    """Return the usernames that `rollbook users list` prints."""

    def list_usernames(*arguments: str) -> list[str]:
        return [each["username"] for each in json.loads(run(*arguments).stdout)]

    def run(*arguments: str):
        return rollbook("users", "list", "--json", *arguments)

    return list_usernames


@pytest.fixture
def several(user):
    """The users of ``NAMES``."""
    return [user(name) for name in reversed(NAMES)]


class TestList:
    def test_case_N_11_it_is_a_table_with_a_header(self, rollbook, several):
        header, *lines = rollbook("users", "list").output.splitlines()

        assert header.split() == ["ID", "STATUS", "USERNAME", "EMAIL", "ROLES"]
        assert [line.split()[2] for line in lines] == list(NAMES)
        assert {line.index("active") for line in lines} == {header.index("STATUS")}

    def test_case_N_11_json_has_the_members_of_the_api(self, rollbook, several):
        printed = json.loads(rollbook("users", "list", "--json").output)

        assert [set(each) for each in printed] == [MEMBERS] * len(NAMES)
        assert printed[0]["created_at"].endswith("Z")

    @pytest.mark.parametrize("page_rows", [1, 2, 5])
    def test_case_N_11_pages_are_joined(self, listed, several, monkeypatch, page_rows):
        monkeypatch.setattr(users, "PAGE_ROWS", page_rows)

        assert listed() == list(NAMES)

    def test_case_N_11_the_number_of_lines_is_limited_and_more_are_mentioned(
        self, rollbook, several
    ):
        done = rollbook("users", "list", "--limit", "4")

        assert done.stdout.count("\n") == 1 + 4
        assert done.stderr == "There are more than 4; raise --limit to see them.\n"
        assert rollbook("users", "list", "--limit", "5").stderr == ""

    def test_case_N_11_the_usual_limit_is_a_hundred(self, rollbook, user, monkeypatch):
        monkeypatch.setattr("api.users.models.User.set_password", lambda *_: None)
        for number in range(101):
            user(f"user{number}")

        done = rollbook("users", "list")

        assert done.stdout.count("\n") == 1 + 100
        assert "There are more than 100" in done.stderr

    @pytest.mark.parametrize("limit", ["0", "-1", "x"])
    def test_case_N_11_a_limit_is_a_positive_number(self, rollbook, limit):
        assert rollbook("users", "list", "--limit", limit).exit_code == 2

    def test_filters_and_order(self, listed, user, rollbook):
        user("Edsger")
        user("Root", role="admin")
        user("Mallory", status="suspended")

        assert listed("--role", "admin") == ["Root"]
        assert listed("--status", "suspended") == ["Mallory"]
        assert listed("--q", "ed") == ["Edsger"]
        assert listed("--sort", "-username") == ["Root", "Mallory", "Edsger"]
        rollbook("users", "delete", "edsger")
        assert listed("--deleted") == ["Edsger"]

    def test_case_N_11_no_value_controls_the_terminal(self, rollbook, user):
        user("Ada", status="suspended", status_reason="\x1b[2J first line\nsecond line")

        shown = rollbook("users", "show", "ada").output

        assert "\x1b" not in shown
        assert read_member(shown, "status_reason") == "\ufffd[2J first line\ufffdsecond line"


class TestShow:
    @pytest.mark.parametrize("name", ["ADA", "ada@EXAMPLE.org", "id"])
    def test_case_N_11_a_user_is_found_by_name_address_or_id(self, rollbook, user, name):
        ada = user("Ada")
        name = str(ada.id) if name == "id" else name

        shown = json.loads(rollbook("users", "show", name, "--json").output)

        assert (shown["id"], shown["username"]) == (str(ada.id), "Ada")
        assert set(shown) == MEMBERS
        assert read_member(rollbook("users", "show", name).output, "id") == str(ada.id)


class TestChange:
    def test_case_N_11_members_are_changed(self, rollbook, user, recorded):
        user("Ada")
        options = ("--username", "lovelace", "--display-name", "Ada", "--app-metadata", '{"a":1}')

        done = rollbook("users", "update", "ada", *options)

        assert last_line(done) == "Changed the user lovelace: username, display_name, app_metadata."
        shown = json.loads(rollbook("users", "show", "lovelace", "--json").output)
        assert (shown["display_name"], shown["app_metadata"]) == ("Ada", {"a": 1})
        rollbook("users", "update", "lovelace", "--display-name", "")
        assert read_member(rollbook("users", "show", "lovelace").output, "display_name") == "-"
        assert recorded() == ["user.updated"] * 2

    def test_a_user_without_a_username_is_called_by_the_e_mail_address(self, rollbook, build):
        with build(USERNAMES="optional").app_context():
            created = rollbook("users", "create", "", "ada@example.org", stdin=PASSWORD)
            deleted = rollbook("users", "delete", "ada@example.org")
            restored = rollbook("users", "restore", "ada@example.org")

        assert created.stderr == "Created the user ada@example.org.\n"
        assert last_line(deleted).startswith("Deleted the user ada@example.org. ")
        assert last_line(restored) == "Restored the user ada@example.org."

    def test_case_N_11_a_user_is_suspended_and_reactivated(self, rollbook, person, recorded):
        ada = person("Ada")

        done = rollbook("users", "suspend", "ada", "--reason", "A stolen device")

        assert last_line(done) == "Suspended the user Ada; their sessions have ended."
        ada.get("/api/me", expecting=401)
        assert "A stolen device" in rollbook("users", "show", "ada").output
        assert last_line(rollbook("users", "reactivate", "ada")) == "Reactivated the user Ada."
        shown = json.loads(rollbook("users", "show", "ada", "--json").output)
        assert (shown["status"], shown["status_reason"]) == ("active", None)
        assert recorded() == ["user.suspended", "user.reactivated"]

    @pytest.mark.parametrize("name", ["ada", "ada@example.org", "id"])
    def test_case_N_11_a_user_is_deleted_and_restored(self, rollbook, user, recorded, name):
        ada = user("Ada")
        name = str(ada.id) if name == "id" else name

        done = rollbook("users", "delete", name)

        assert last_line(done) == f"Deleted the user Ada. To undo: rollbook users restore {ada.id}"
        assert rollbook("users", "show", "ada").exit_code == 1
        assert last_line(rollbook("users", "restore", name)) == "Restored the user Ada."
        assert rollbook("users", "show", "ada").exit_code == 0
        assert recorded() == ["user.deleted", "user.restored"]

    def test_case_N_11_restore_asks_for_the_id_where_a_name_is_not_enough(self, rollbook, user):
        ids = []
        for _ in range(2):
            ids.append(str(user("Ada").id))
            rollbook("users", "delete", "ada")

        done = rollbook("users", "restore", "ada")

        assert done.exit_code in {1, 2}
        assert all(each in done.output.replace("\n", "") for each in ids)
        assert rollbook("users", "restore", ids[0]).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "nobody"), "There is no such user."),
        (("show", "00000000-0000-0000-0000-000000000000"), "There is no such user."),
        (("update", "root"), "Give an option for each member to change."),
        (("update", "root", "--email", "x"), "email must be a valid email"),
        (("update", "root", "--username", "ada"), "Another account uses this username"),
        (("update", "root", "--user-metadata", "{"), "it is not JSON"),
        (("update", "root", "--user-metadata", "1"), "user_metadata must be of type object"),
        (("suspend", "root"), "This is the last active administrator."),
        (("suspend", "ada", "--reason", ""), "status_reason must have 1 characters or more"),
        (("suspend", "nobody"), "There is no such user."),
        (("delete", "root"), "This is the last active administrator."),
        (("delete", "nobody"), "There is no such user."),
        (("restore", "ada"), "There is no such user."),
    ],
)
def test_case_N_11_the_rules_of_the_api_apply(rollbook, user, recorded, arguments, message):
    user("Root", role="admin")
    user("Ada")

    done = rollbook("users", *arguments)

    assert done.exit_code in {1, 2}  # 2 for a wrong use
    assert message in done.output
    assert "Traceback" not in done.output
    assert recorded() == []


def test_a_username_that_is_the_id_of_another_user_does_not_hide_that_user(rollbook, user):
    ada = user("Ada")
    mallory = user(ada.id.hex)
    lonely = user("0" * 32)

    assert lookups.find_user(ada.id.hex).username == "Ada"
    assert lookups.find_user(str(mallory.id)).id == mallory.id
    assert lookups.find_user(lonely.username).id == lonely.id
