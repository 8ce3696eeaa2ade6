"""Which names an account may have, and how its user logs in with them."""

from functools import cache

import pytest

from api.app import create_app
from api.config import ConfigError
from api.core.errors import InvalidRequest
from api.users import usernames
from tests.support import TESTING, dispose

PASSWORD = "correct horse battery"
EMAIL = "ada@example.org"


@pytest.fixture
def serve(app, build):
    """Return a client of a service with other settings."""
    return lambda **settings: (build(**settings) if settings else app).test_client()


@pytest.fixture(scope="module")
def configure(database_url):
    """Return a function to an app with some settings, which tests share: the rules only read."""
    apps = []

    @cache
    def find_app(**settings):
        apps.append(create_app({**TESTING, "SQLALCHEMY_DATABASE_URI": database_url, **settings}))
        return apps[-1]

    yield find_app
    for each in apps:
        dispose(each)


@pytest.fixture
def check(configure):
    """Check a username by the rules for registration, with some settings."""

    def find_rules(username, email=EMAIL, *, imported=False, **settings):
        check_names = usernames.check_imported_names if imported else usernames.check_new_names
        with configure(**settings).app_context():
            try:
                check_names(username, email)
            except InvalidRequest as error:
                return {(found.pointer, found.rule) for found in error.members["errors"]}
        return set()

    return find_rules


def register(client, **profile):
    return client.post("/api/register", json={"password": PASSWORD, **profile})


def log_in(client, **names):
    return client.post("/api/login", json={"password": PASSWORD, **names}).status_code


def test_B_14_an_account_without_a_username_logs_in_with_its_email_address(serve):
    client = serve()

    account = register(client, email=EMAIL).json

    assert account["username"] is None
    assert log_in(client, email="Ada@Example.org") == 200
    assert log_in(client, username=EMAIL) == 200
    assert log_in(client, username=" ") == 401


@pytest.mark.parametrize("usernames", [{}, {"username": None}], ids=str)
def test_B_14_many_accounts_have_no_username(serve, usernames):
    client = serve()

    statuses = [
        register(client, email=f"{name}@example.org", **usernames).status_code for name in "abc"
    ]

    assert statuses == [201, 201, 201]


@pytest.mark.parametrize(
    ("setting", "username", "expected"),
    [
        ("required", None, {("/username", "required")}),
        ("required", "ada", set()),
        ("optional", None, set()),
        ("off", None, set()),
        ("off", "ada", {("/username", "username")}),
    ],
)
@pytest.mark.parametrize("imported", [False, True])
def test_B_14_a_setting_decides_whether_accounts_have_usernames(
    check, setting, username, expected, imported
):
    assert check(username, imported=imported, USERNAMES=setting) == expected


@pytest.mark.parametrize("username", [EMAIL, "ADA@Example.org"])
@pytest.mark.parametrize("imported", [False, True])
def test_B_13_the_email_address_of_an_account_can_be_its_username(check, username, imported):
    assert check(username, imported=imported) == set()


def test_B_13_no_account_takes_the_email_address_of_another_one_as_username(check):
    assert check("grace@example.org", USERNAME_PATTERN=".+") == {("/username", "username")}
    assert check("grace@example.org", imported=True) == {("/username", "username")}


LONG_LOCAL_PART = "".join(chr(0x1D41A + ord(letter) - ord("a")) for letter in "account" * 3)


@pytest.mark.parametrize("imported", [False, True])
@pytest.mark.parametrize(
    "username",
    ["grace\uff20example.org", "grace\ufe6bexample.org", f"{LONG_LOCAL_PART}@example.org"],
    ids=ascii,
)
def test_a_username_does_not_become_the_email_address_of_another_user_by_its_key(
    check, username, imported
):
    assert check(username, imported=imported, USERNAME_PATTERN=".+") == {("/username", "username")}


@pytest.mark.parametrize(
    "username",
    [
        "jd",
        "x",
        "o'neil",
        "ada lovelace",
        "ada+1",
        "Jürgen",
        "艾达",
        "CORP\\ada",
        "a" * 150,
        "@ada",
    ],
)
def test_B_13_an_import_accepts_the_usernames_of_other_systems(check, username):
    assert check(username, imported=True) == set()


@pytest.mark.parametrize("username", [" ada", "a\u200bda", "a" * 151, "\u115f"])
def test_B_13_an_import_rejects_usernames_that_cannot_be_told_apart(check, username):
    assert check(username, imported=True) == {("/username", "pattern")}


@pytest.mark.parametrize("username", ["jd", "o'neil", "Jürgen", "ada lovelace", "a" * 33])
def test_B_13_registration_rejects_by_default_what_a_setting_allows(check, username):
    settings = {
        "USERNAME_PATTERN": r"[\w' ]+",
        "USERNAME_MIN_LENGTH": 2,
        "USERNAME_MAX_LENGTH": 33,
    }

    assert check(username)
    assert check(username, **settings) == set()


def test_B_13_the_message_names_the_allowed_characters(serve):
    errors = register(serve(), username="a b", email=EMAIL).json["errors"]

    message = "must have 3 to 32 letters A-Z and a-z, digits, `.`, `_` and `-`; or be the e-mail"
    assert errors[0]["message"].startswith(message)


def test_a_username_mixes_no_scripts_that_are_not_written_together(check):
    assert check("p\u0430ypal", USERNAME_PATTERN=r"\w+") == {("/username", "pattern")}
    assert check("ada漢字かな", USERNAME_PATTERN=r"\w+") == set()


@pytest.mark.parametrize(
    ("username", "similar"), [("cocoa", "сосоа"), ("kiki", "κικι"), ("bb", "ьь"), ("ape", "АРЕ")]
)
def test_usernames_that_look_alike_are_equal(serve, username, similar):
    client = serve(USERNAME_PATTERN=r"\w+", USERNAME_MIN_LENGTH=2)
    register(client, username=username, email=EMAIL)

    answer = register(client, username=similar, email="grace@example.org")

    assert (answer.status_code, answer.json["error"]) == (409, "username_taken")


def test_B_13_a_username_that_is_the_email_address_changes_with_it(administrator):
    account = administrator.post(
        "/api/users", {"username": EMAIL, "email": EMAIL, "password": PASSWORD}
    ).json

    changed = administrator.patch(f"/api/users/{account['id']}", {"email": "countess@example.org"})

    assert changed.json["username"] == "countess@example.org"


def test_a_replaced_account_does_not_keep_its_former_email_address_as_username(administrator):
    account = administrator.post(
        "/api/users", {"username": EMAIL, "email": EMAIL, "password": PASSWORD}
    ).json
    path = f"/api/users/{account['id']}"
    members = ("username", "display_name", "status", "user_metadata", "app_metadata")
    whole = {name: account[name] for name in members}

    replaced = administrator.put(path, {**whole, "email": "countess@example.org"}).json

    assert replaced["username"] == "countess@example.org"
    administrator.patch(path, {"username": EMAIL, "email": "ada2@example.org"}, expecting=422)


def test_B_29_each_form_of_a_login_with_an_email_address_is_accepted(serve):
    client = serve()
    register(client, username="ada", email=EMAIL)

    assert log_in(client, username=EMAIL) == 200
    assert log_in(client, username="ada", email=EMAIL) == 200
    assert log_in(client, username="grace@example.org") == 401


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("ada@corp.local", "local"),
        ("admin@localhost", "localhost"),
        ("x@mail.home.arpa", "arpa"),
        ("x@intranet", "intranet"),
        ("x@service.onion", "onion"),
        ("x@example.invalid", "invalid"),
    ],
)
def test_B_15_a_setting_decides_whether_reserved_domains_are_accepted(serve, email, domain):
    refused = register(serve(), username="ada", email=email)
    allowed = register(serve(EMAIL_RESERVED_DOMAINS="allow"), username="ada", email=email)

    (error,) = refused.json["errors"]
    assert (error["pointer"], error["rule"]) == ("/email", "email_domain")
    assert f"`{domain}`" in error["message"]
    assert allowed.status_code == 201


@pytest.mark.parametrize("email", ["ada@corp.lan", "ada@corp.internal", "ada@example.test"])
def test_B_15_other_private_domains_are_always_accepted(serve, email):
    assert register(serve(), username="ada", email=email).status_code == 201


@pytest.mark.parametrize("email", ["x@127.0.0.1", "x@[127.0.0.1]", "x@-a.local", "x@a..local"])
def test_B_15_what_is_no_domain_is_never_accepted(serve, email):
    client = serve(EMAIL_RESERVED_DOMAINS="allow")

    assert register(client, username="ada", email=email).status_code == 422


def test_an_account_keeps_its_id_in_another_system(administrator):
    origin = {"external_source": "auth0", "external_id": "auth0|5f7c8ec7"}
    account = {"email": EMAIL, "password": PASSWORD, **origin}
    created = administrator.post("/api/users", account).json

    found = administrator.get("/api/users?external_source=auth0&external_id=auth0%7C5f7c8ec7").json
    second = administrator.post(
        "/api/users", {**account, "email": "grace@example.org"}, expecting=409
    ).json

    assert [each["id"] for each in found["items"]] == [created["id"]]
    assert second["error"] == "external_id_taken"
    assert administrator.get("/api/users?external_id=other").json["items"] == []


@pytest.mark.parametrize("member", ["external_source", "external_id"])
@pytest.mark.parametrize("text", [" 1", "1 ", "1\u200b", "\u202e1"])
def test_A_13_an_external_id_has_no_invisible_characters_and_outer_spaces(
    administrator, member, text
):
    origin = {"external_source": "auth0", "external_id": "1", member: text}

    created = administrator.post("/api/users", {"email": EMAIL, **origin}, expecting=422).json
    assert f"/{member}" in {error["pointer"] for error in created["errors"]}


@pytest.mark.parametrize("member", ["external_source", "external_id"])
def test_half_an_external_id_is_rejected(administrator, member):
    account = {"email": EMAIL, "password": PASSWORD, member: "auth0"}

    problem = administrator.post("/api/users", account, expecting=422).json

    assert problem["errors"][0]["rule"] == "required"


def test_an_external_id_can_be_removed_and_changed(administrator):
    origin = {"external_source": "auth0", "external_id": "1"}
    account = administrator.post(
        "/api/users", {"email": EMAIL, "password": PASSWORD, **origin}
    ).json
    path = f"/api/users/{account['id']}"

    administrator.patch(path, {"external_id": None}, expecting=422)
    changed = administrator.patch(path, {"external_id": "2"}).json
    removed = administrator.patch(path, {"external_source": None, "external_id": None}).json

    assert (changed["external_source"], changed["external_id"]) == ("auth0", "2")
    assert (removed["external_source"], removed["external_id"]) == (None, None)


@pytest.mark.parametrize("sort", ["username", "-username"])
def test_a_list_by_username_has_accounts_without_one(administrator, sort):
    for name in "abc":
        administrator.post("/api/users", {"email": f"{name}@example.org", "password": PASSWORD})

    names, cursor = [], ""
    while cursor is not None:
        page = administrator.get(f"/api/users?sort={sort}&limit=2{cursor}").json
        names += [each["username"] for each in page["items"]]
        cursor = page["next"] and f"&cursor={page['next']}"

    without = [None, None, None]
    assert len(names) == 4
    assert names[:3] == without if sort == "username" else names[-3:] == without


@pytest.mark.parametrize(
    ("setting", "required"), [("required", True), ("optional", False), ("off", False)]
)
def test_the_contract_knows_whether_a_username_is_required(serve, setting, required):
    schemas = serve(USERNAMES=setting).get("/openapi.json").json["components"]["schemas"]

    assert ("username" in schemas["Registration"]["required"]) is required
    assert ("username" in schemas["UserCreation"]["required"]) is required
    assert "username" not in schemas["Credentials"]["required"]


def test_lengths_that_no_username_has_are_rejected_at_start(build):
    with pytest.raises(ConfigError, match="USERNAME_MIN_LENGTH: has to be at most"):
        build(USERNAME_MIN_LENGTH=20, USERNAME_MAX_LENGTH=10)


def test_a_pattern_that_is_no_regular_expression_is_rejected_at_start(build):
    with pytest.raises(ConfigError, match="USERNAME_PATTERN: give a regular expression"):
        build(**TESTING, USERNAME_PATTERN="[a-")
