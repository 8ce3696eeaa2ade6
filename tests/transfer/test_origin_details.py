"""Details of records that other systems write."""

from contextlib import nullcontext
from io import BytesIO

import pytest

from api.core.errors import InvalidRequest
from api.transfer.formats import read_rows
from api.transfer.origins import ORIGINS, Mapping, map_file
from tests.transfer.conftest import write_ndjson
from tests.transfer.test_origin_mappings import EXPORTS, map_one

EMAIL = {"email": "ada@example.org"}
NAMED = {  # a record with a username and a display name
    "auth0": ("username", "name", {"user_id": "auth0|1", **EMAIL}),
    "better-auth": ("username", "name", {"id": "1", **EMAIL}),
    "cognito": ("preferred_username", "name", {"Username": "1", **EMAIL}),
    "django": ("username", "first_name", {"id": "1", **EMAIL}),
    "keycloak": ("username", "firstName", {"id": "1", **EMAIL}),
    "wordpress": ("user_login", "display_name", {"ID": "1", "user_email": EMAIL["email"]}),
}


def map_named(origin, *, username="ada", display_name="Ada"):
    username_member, name_member, record = NAMED[origin]
    return map_one(origin, {**record, username_member: username, name_member: display_name})


@pytest.mark.parametrize("origin", NAMED)
class TestNames:
    def test_white_space_in_display_names_becomes_one_space(self, origin):
        row = map_named(origin, display_name=" Ada\n\tKing  Lovelace ")

        assert (row.members["display_name"], row.lost) == ("Ada King Lovelace", ())

    def test_a_long_display_name_is_cut_and_counted(self, origin):
        row = map_named(origin, display_name="x" * 81)

        assert (row.members["display_name"], row.lost) == ("x" * 80, ("the end of display_name",))

    @pytest.mark.parametrize("username", ["x" * 151, "a\u200bb", "a\nb", "grace@example.org"])
    def test_a_username_that_is_not_accepted_is_left_out_and_counted(self, origin, username):
        row = map_named(origin, username=username)

        assert ("username" in row.members, row.errors) == (False, ())
        assert "username" in row.lost

    def test_a_username_that_new_ones_may_not_have_is_kept(self, origin):
        assert map_named(origin, username="O'Neil").members["username"] == "O'Neil"


class TestAuth0:
    def test_the_columns_of_the_extension_are_mapped_in_json_too(self):
        record = {
            "Id": "auth0|1",
            "Given Name": "Ada",
            "Family Name": "Lovelace",
            "Email": "ada@example.org",
            "Email Verified": False,
            "Created At": "2024-05-01T12:34:56.789Z",
            "Connection": "Username-Password-Authentication",
        }

        row = map_one("auth0", record)

        assert (row.members, row.lost) == (
            {
                **EMAIL,
                "display_name": "Ada Lovelace",
                "external_source": "auth0",
                "external_id": "auth0|1",
                "created_at": "2024-05-01T12:34:56.789Z",
                "email_verified": False,
            },
            (),
        )

    def test_a_member_of_app_metadata_with_the_name_of_the_origin_is_kept(self):
        record = {**EMAIL, "phone_number": "+49301234567", "app_metadata": {"auth0": {"own": 1}}}

        metadata = map_one("auth0", record).members["app_metadata"]

        assert metadata == {"auth0": {"own": 1}, "auth0-import": {"phone_number": "+49301234567"}}

    def test_a_record_of_the_export_of_hashes_has_only_the_hash(self):
        record = {"_id": {"$oid": "1"}, **EMAIL, "username": "ada", "passwordHash": "$2b$10$x"}

        row = map_one("auth0", record)

        assert row.must_exist
        assert row.members == {
            **EMAIL,
            "external_source": "auth0",
            "external_id": "auth0|1",
            "password_hash": "$2b$10$x",
        }

    def test_with_an_alt_id_the_account_is_found_by_email_address(self):
        record = {"_id": {"$oid": "1"}, "alt_id": "euclid", **EMAIL, "passwordHash": "$2b$10$x"}

        assert map_one("auth0", record).members == {**EMAIL, "password_hash": "$2b$10$x"}


class TestBetterAuth:
    @pytest.mark.parametrize(
        ("ends", "is_suspended"),
        [("2020-01-01T00:00:00.000Z", False), ("2999-01-01 00:00:00+00", True), (None, True)],
    )
    def test_a_ban_ends(self, ends, is_suspended):
        row = map_one("better-auth", {**EMAIL, "banned": True, "banExpires": ends})

        assert ("status" in row.members) is is_suspended

    @pytest.mark.parametrize(
        "record",
        [
            {**EMAIL, "isAnonymous": True},
            {"email": f"temp-{'aB3x' * 8}@example.org"},
            {"email": f"temp@{'aB3x' * 8}.com"},
        ],
    )
    def test_an_anonymous_user_is_rejected(self, record):
        assert map_one("better-auth", record).errors[0].pointer == "/email"

    def test_an_address_that_begins_like_a_generated_one_is_accepted(self):
        assert map_one("better-auth", {"email": "temp-agency@example.org"}).errors == ()


def test_the_id_of_cognito_at_another_provider_is_not_a_username():
    row = map_one("cognito", {"Username": "Google_100000000000000000001", "sub": "1", **EMAIL})

    assert ("username" in row.members, row.members["external_id"]) == (False, "1")


def test_entities_in_display_names_of_wordpress_are_replaced():
    record = {"user_login": "tom", "user_email": "tom@example.org", "display_name": "Tom &amp; J"}

    assert map_one("wordpress", record).members["display_name"] == "Tom & J"


@pytest.mark.parametrize(
    ("origin", "member"),
    [
        ("auth0", "picture"),
        ("firebase", "photoUrl"),
        ("better-auth", "image"),
        ("cognito", "picture"),
        ("django", "last_login"),
        ("supabase", "last_sign_in_at"),
        ("firebase", "lastLoginAt"),
        ("cognito", "phone_number_verified"),
    ],
)
def test_a_member_without_a_place_is_counted_as_lost(origin, member):
    assert map_one(origin, {**EMAIL, member: "true"}).lost == (member,)


ALIKE = {("auth0", "better-auth-users.csv")}  # a table with a few common columns


def read_export(name, origin):
    file = read_rows(BytesIO((EXPORTS / name).read_bytes()), layout=origin.layout)
    return list(map_file(file, Mapping(origin, keep_ids=False)))


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("file", sorted(path.name for path in EXPORTS.iterdir()))
def test_the_export_of_another_system_is_recognised(origin, file):
    is_accepted = file.startswith(origin) or (origin, file) in ALIKE
    rejection = nullcontext() if is_accepted else pytest.raises(InvalidRequest)

    with rejection:
        assert read_export(file, ORIGINS[origin])


def test_two_systems_of_one_kind_are_told_apart():
    file = read_rows(BytesIO(write_ndjson({"user_login": "ada", "ID": 1})))
    mapping = Mapping(ORIGINS["wordpress"], keep_ids=False, source="shop")

    [row] = map_file(file, mapping)

    assert (row.members["external_source"], row.members["external_id"]) == ("shop", "1")


@pytest.mark.parametrize(
    ("line", "is_explained"),
    [(r'{"email":"a@b.org","name":"a \\"quote\\""}', True), (r'{"email":"a@b.org" \\"}', False)],
)
def test_json_that_copy_has_written_is_explained(line, is_explained):
    [row] = read_rows(BytesIO(line.encode())).rows

    assert ("backslashes are doubled" in row.errors[0].message) is is_explained


@pytest.mark.parametrize("written", ["no", "No", "off", "0", "false", "F"])
def test_a_disabled_user_is_suspended_however_that_is_written(written):
    row = map_one("keycloak", {"id": "1", "username": "ada", **EMAIL, "enabled": written})

    assert row.members["status"] == "suspended"


@pytest.mark.parametrize(
    ("member", "value"), [("enabled", "perhaps"), ("credentials", "secret"), ("requiredActions", 7)]
)
def test_a_member_in_another_form_is_counted_as_lost(member, value):
    row = map_one("keycloak", {"id": "1", "username": "ada", **EMAIL, member: value})

    assert f"{member} (in another form)" in row.lost
