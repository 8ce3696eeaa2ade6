"""The endpoints with which administrators help users who cannot log in."""

import jwt
import pytest

from api.web.restx import Namespace
from tests.support import PASSWORD, LocalService, anonymous

NEW_PASSWORD = "the analytical engine weaves"
ALLOWED = {"get_me", "change_my_password", "log_out"}


def path_of(person, part="password"):
    return f"/api/users/{person.id}/{part}"


def log_in(person, password, expecting=200):
    body = {"username": person.username, "password": password}
    answer = anonymous(person.client).post("/api/login", body, expecting=expecting)
    if expecting == 200:
        person.token, person.refresh_token = (
            answer.json[name] for name in ("access_token", "refresh_token")
        )
    return answer


@pytest.fixture
def ada(person):
    return person("Ada")


@pytest.fixture
def helper(person, administrator):
    """A user with the permission who is not an administrator."""
    role = {"name": "helper", "description": "", "permissions": ["users:credentials"]}
    administrator.post("/api/roles", role)
    return person("Helper", role="helper")


@pytest.fixture
def temporary(ada, helper):
    """The temporary password with which Ada has logged in."""
    password = helper.put(path_of(ada), {"generate": True}).json["password"]
    log_in(ada, password)
    return password


class TestOneTimePasswords:
    def test_B_32_a_temporary_password_is_shown_once(self, ada, helper, administrator):
        answer = helper.put(path_of(ada), {"generate": True})

        assert answer.json.keys() == {"password", "must_change_password", "password_expires_at"}
        assert answer.headers["Cache-Control"] == "no-store"
        account = administrator.get(f"/api/users/{ada.id}").json
        assert account["must_change_password"]
        assert answer.json["password"] not in str(account)

    def test_B_32_a_given_password_is_not_repeated(self, ada, helper):
        answer = helper.put(path_of(ada), {"password": NEW_PASSWORD})

        assert answer.json.keys() == {"must_change_password", "password_expires_at"}

    def test_B_32_it_is_not_stored_for_an_idempotency_key(self, ada, helper):
        headers = {"Idempotency-Key": "one-time"}

        one, other = (
            helper.put(path_of(ada), {"generate": True}, headers=headers) for _ in range(2)
        )

        assert one.json["password"] != other.json["password"]
        assert "Idempotency-Replayed" not in other.headers

    def test_B_32_it_is_not_in_the_audit_log(self, ada, helper, administrator):
        password = helper.put(path_of(ada), {"generate": True}).json["password"]

        events = administrator.get(f"/api/audit-events?subject={ada.id}")
        assert events.json["items"][0]["action"] == "user.password_set"
        assert password not in events.text

    def test_B_32_it_needs_the_permission(self, ada, person):
        problem = person("Grace").put(path_of(ada), {"generate": True}, expecting=403).json

        assert problem["permission"] == "users:credentials"

    def test_B_32_ones_own_password_is_not_set_this_way(self, helper):
        problem = helper.put(path_of(helper), {"generate": True}, expecting=409).json

        assert problem["error"] == "own_password"


class TestSessionsWithATemporaryPassword:
    def test_B_32_the_login_says_so(self, ada, helper):
        password = helper.put(path_of(ada), {"generate": True}).json["password"]

        assert log_in(ada, password).json["must_change_password"]

    @pytest.mark.parametrize(
        "name", [name for name, each in Namespace.operations.items() if not each.public]
    )
    def test_B_32_every_other_operation_is_rejected(self, app, ada, temporary, name):
        operation = Namespace.operations[name]
        [rule] = [
            rule
            for rule in app.url_map.iter_rules()
            if getattr(
                getattr(app.view_functions[rule.endpoint], "view_class", None),
                operation.method.lower(),
                None,
            )
            is operation.view
        ]
        values = {"name": "x", "session_id": ada.session_id}
        _, path = rule.build({name: values.get(name, ada.id) for name in rule.arguments})

        # These read the form first, which can have the credentials of a client.
        form = {"data": {"token": "x"}} if operation.accepts_clients else {}

        answer = ada.ask(operation.method, path, json=None, expecting=None, **form)

        is_rejected = answer.status_code == 403 and "The password is temporary" in answer.text
        assert is_rejected is (name not in ALLOWED), answer.text
        assert operation.allow_temporary_password is (name in ALLOWED)

    def test_B_32_it_reads_the_own_account_and_logs_out(self, ada, temporary):
        assert ada.get("/api/me").json["must_change_password"]
        ada.post("/api/logout", expecting=204)
        ada.get("/api/me", expecting=401)

    def test_B_32_it_cannot_be_refreshed_and_is_no_reuse(self, ada, temporary, recorded):
        body = {"refresh_token": ada.refresh_token}

        for _ in range(2):
            problem = anonymous(ada.client).post("/api/refresh", body, expecting=403).json
            assert problem["error"] == "password_change_required"
        assert "refresh_token.reused" not in recorded()

    def test_B_32_other_services_are_told_that_it_is_not_active(
        self, ada, temporary, administrator
    ):
        for token in (ada.token, ada.refresh_token):
            answer = administrator.post_form("/api/introspect", token=token)
            assert answer.json == {"active": False}

    def test_B_32_its_token_is_for_no_other_service(self, ada, temporary):
        claims = jwt.decode(ada.token, options={"verify_signature": False})

        assert claims["aud"] == f"{claims['iss']}/api/me/password"
        assert (claims["typ"], claims["roles"]) == ("password_change", [])

    def test_B_32_a_new_password_ends_it_and_opens_an_ordinary_one(self, ada, temporary):
        limited = ada.token
        body = {"current_password": temporary, "new_password": NEW_PASSWORD}

        tokens = ada.post("/api/me/password", body, expecting=200).json

        assert not tokens["must_change_password"]
        ada.get("/api/me", expecting=401)
        ada.token = tokens["access_token"]
        assert not ada.get("/api/me").json["must_change_password"]
        ada.get("/api/protected")
        claims = jwt.decode(ada.token, options={"verify_signature": False})
        assert (claims["aud"], claims["typ"]) == ("rollbook", "access")
        assert limited != ada.token

    def test_B_32_the_temporary_password_is_not_accepted_as_the_new_one(self, ada, temporary):
        body = {"current_password": temporary, "new_password": temporary}

        [error] = ada.post("/api/me/password", body, expecting=422).json["errors"]

        assert error["rule"] == "password_unchanged"

    def test_B_32_a_permission_is_not_told(self, helper, administrator):
        """The caller is a helper whose own password is temporary."""
        password = administrator.put(path_of(helper), {"generate": True}).json["password"]
        log_in(helper, password)

        problem = helper.put(path_of(administrator), {"generate": True}, expecting=403).json

        assert problem["error"] == "password_change_required"
        assert "permission" not in problem


class TestAccountsWithoutPassword:
    def test_B_32_an_account_is_created_without_a_password(self, administrator, ada):
        body = {"username": "grace", "email": "grace@example.org"}
        created = administrator.post("/api/users", body)

        assert (created.json["has_password"], created.json["must_change_password"]) == (
            False,
            False,
        )
        assert administrator.get(created.headers["Location"]).json == created.json

    @pytest.mark.parametrize("password", ["", "x", "None", "null"])
    def test_B_32_no_password_opens_it(self, administrator, anyone, password):
        administrator.post("/api/users", {"username": "grace", "email": "grace@example.org"})

        body = {"username": "grace", "password": password or " "}
        assert anyone.post("/api/login", body, expecting=401).json["error"] == "invalid_credentials"

    def test_B_32_it_answers_like_an_unknown_account(self, administrator, anyone):
        administrator.post("/api/users", {"username": "grace", "email": "grace@example.org"})

        answers = [
            anyone.post("/api/login", {"username": name, "password": PASSWORD}, expecting=401).json
            for name in ("grace", "unknown")
        ]

        for answer in answers:
            answer.pop("request_id")
        assert answers[0] == answers[1]

    def test_B_32_null_is_not_a_password(self, administrator):
        body = {"username": "grace", "email": "grace@example.org", "password": None}

        administrator.post("/api/users", body, expecting=422)

    def test_B_32_registering_still_needs_a_password(self, anyone):
        body = {"username": "grace", "email": "grace@example.org"}

        anyone.post("/api/register", body, expecting=422)

    def test_B_32_the_list_says_who_has_a_password(self, administrator):
        administrator.post("/api/users", {"username": "grace", "email": "grace@example.org"})

        items = administrator.get("/api/users?sort=username").json["items"]

        assert {item["username"]: item["has_password"] for item in items} == {
            "grace": False,
            "Root": True,
        }


class TestLoginAttempts:
    @pytest.fixture
    def strict(self, build):
        """The service with its limits."""
        return LocalService(build(LIMITS_ENABLED=True, LIMIT_LOGIN_PER_ADDRESS="1000 per minute"))

    @pytest.fixture
    def root(self, strict):
        return strict.person("Root", role="admin")

    @pytest.fixture
    def ada(self, strict):
        return strict.person("Ada")

    def fail(self, ada, times):
        for _ in range(times):
            log_in(ada, "the password of another user", expecting=None)

    def test_B_32_without_failures_there_is_no_pause(self, root, ada):
        assert root.get(path_of(ada, "login-attempts")).json == {
            "attempts": 0,
            "networks": [],
            "paused_networks": 0,
            "paused_everywhere": False,
            "paused_until": None,
        }

    def test_B_32_an_administrator_sees_the_pause_and_its_network(self, root, ada):
        self.fail(ada, 5)

        shown = root.get(path_of(ada, "login-attempts"))

        until = shown.json.pop("paused_until")
        assert until.endswith("Z")
        assert (shown.json["attempts"], shown.json["paused_networks"]) == (5, 1)
        assert not shown.json["paused_everywhere"]
        network = {"network": "127.0.0.0/24", "attempts": 5, "paused_until": until}
        assert shown.json["networks"] == [network]

    def test_B_32_an_administrator_lifts_the_pause(self, root, ada):
        self.fail(ada, 6)
        assert log_in(ada, PASSWORD, expecting=429)

        root.delete(path_of(ada, "login-attempts"))

        log_in(ada, PASSWORD)
        assert root.get(path_of(ada, "login-attempts")).json["paused_until"] is None

    def test_B_32_a_lifted_pause_is_recorded(self, root, ada, recorded):
        root.delete(path_of(ada, "login-attempts"))

        assert recorded()[-1] == "login_attempts.cleared"

    def test_B_32_a_new_password_lifts_the_pause(self, root, ada):
        self.fail(ada, 6)

        password = root.put(path_of(ada), {"generate": True}).json["password"]

        log_in(ada, password)

    def test_B_32_the_pause_of_another_user_stays(self, strict, root, ada):
        grace = strict.person("Grace")
        self.fail(grace, 6)

        root.delete(path_of(ada, "login-attempts"))

        log_in(grace, PASSWORD, expecting=429)

    def test_B_32_both_need_the_permission(self, ada):
        for method in ("GET", "DELETE"):
            problem = ada.ask(method, path_of(ada, "login-attempts"), expecting=403).json
            assert problem["permission"] == "users:credentials"
