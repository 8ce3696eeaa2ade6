"""What a request with an API key may do, and which keys are not valid."""

from datetime import timedelta
from uuid import UUID

import pytest

from api.api_keys.authentication import find_key
from api.core import clock
from api.core.program_secrets import make_secret
from api.core.secrets import new_id
from tests.api_keys.support import as_program, save_key, save_service_account
from tests.support import anonymous

ALL = ["users:read", "users:write", "audit:read"]
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def ada(person):
    return person("Ada", role="admin")


@pytest.fixture
def make_program(app, client, ada):
    """Return a function that saves a key of Ada, and returns the program that sends it."""

    def make(**members):
        members = {"scopes": ALL} | members
        if "service_account_id" not in members:
            members["user_id"] = UUID(ada.id)
        return as_program(client, save_key(app, **members)[1])

    return make


@pytest.fixture
def clerk_role(ada):
    role = {"name": "clerk", "description": "Clerks", "permissions": ["users:read"]}
    ada.post("/api/roles", role)


def assert_invalid(program):
    answer = program.get("/api/protected", expecting=401)
    assert answer.json["error"] == "unauthenticated"
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_service_account_acts_in_its_organization(app):
    organization = new_id()
    account = save_service_account(app, organization_id=organization)
    _, secret = save_key(app, service_account_id=account)

    with app.app_context():
        assert find_key(secret).principal.organization_id == organization


class TestKeysOfUsers:
    def test_a_key_reads_the_account_of_its_owner(self, make_program, ada):
        program = make_program()

        assert program.get("/api/me").json["id"] == ada.id
        assert program.get("/api/protected").json["message"] == "Hello, Ada!"

    def test_a_key_has_only_the_permissions_of_its_scopes(self, make_program, ada):
        program = make_program(scopes=["users:read"])

        program.get("/api/users")
        assert program.get("/api/audit-events", expecting=403).json["permission"] == "audit:read"
        make_program(scopes=[]).get(f"/api/users/{ada.id}", expecting=403)

    def test_K_03_a_key_has_only_the_permissions_that_its_owner_has_now(
        self, make_program, ada, administrator
    ):
        program = make_program()
        program.get("/api/users")

        administrator.delete(f"/api/users/{ada.id}/roles/admin")

        assert program.get("/api/users", expecting=403).json["permission"] == "users:read"
        program.get("/api/me")

    def test_a_scope_that_this_version_does_not_know_is_ignored(self, make_program):
        make_program(scopes=["users:read", "moons:write"]).get("/api/users")

    def test_an_owner_with_a_temporary_password_has_to_change_it_first(
        self, make_program, ada, administrator
    ):
        program = make_program()
        body = {"generate": True}
        administrator.put(f"/api/users/{ada.id}/password", body, expecting=200)

        answer = program.get("/api/users", expecting=403)
        assert answer.json["error"] == "password_change_required"


class TestKeysOfServiceAccounts:
    def test_a_key_has_the_permissions_of_the_account(self, app, make_program, clerk_role):
        account_id = save_service_account(app, role="clerk")
        program = make_program(service_account_id=account_id)

        program.get("/api/users")
        assert program.get("/api/audit-events", expecting=403).json["permission"] == "audit:read"

    def test_a_key_has_only_the_permissions_of_its_scopes(self, app, make_program, clerk_role):
        account_id = save_service_account(app, role="clerk")

        make_program(service_account_id=account_id, scopes=[]).get("/api/users", expecting=403)

    def test_the_account_is_greeted_with_its_name(self, app, make_program):
        account_id = save_service_account(app, "Billing robot")

        greeting = make_program(service_account_id=account_id).get("/api/protected").json

        assert greeting["message"] == "Hello, Billing robot!"
        assert greeting["user"] == {"id": str(account_id), "username": None}

    def test_the_account_is_no_user(self, app, make_program):
        program = make_program(service_account_id=save_service_account(app))

        assert program.get("/api/me", expecting=403).json["error"] == "session_required"

    def test_a_key_of_a_suspended_account_is_not_valid(self, app, make_program):
        account_id = save_service_account(app, status="suspended")

        assert_invalid(make_program(service_account_id=account_id))


class TestInvalidKeys:
    def test_K_04_an_unknown_key(self, client):
        assert_invalid(as_program(client, make_secret("rb_live_")))

    @pytest.mark.parametrize("key", ["rb_live_", "rb_live_x", "rb_live_" + "0" * 49])
    def test_a_malformed_key(self, client, key):
        assert_invalid(as_program(client, key))

    def test_a_wrong_checksum_costs_no_query(self, build, database_url):
        unreachable = build(SQLALCHEMY_DATABASE_URI="postgresql://nobody@127.0.0.1:9/none")
        wrong = "rb_live_" + "0" * 49

        assert_invalid(as_program(unreachable.test_client(), wrong))

    def test_a_client_secret_is_no_api_key(self, client):
        assert_invalid(as_program(client, make_secret("rb_client_")))

    def test_K_04_an_expired_key(self, make_program):
        assert_invalid(make_program(expires_at=clock.now() - SECOND))
        make_program(expires_at=clock.now() + DAY).get("/api/me")

    def test_a_key_of_a_suspended_user(self, make_program, ada, administrator):
        program = make_program()
        administrator.patch(f"/api/users/{ada.id}", {"status": "suspended"})

        assert_invalid(program)

    def test_a_key_of_a_deleted_user(self, make_program, ada, administrator):
        program = make_program()
        administrator.delete(f"/api/users/{ada.id}")

        assert_invalid(program)

    def test_the_scheme_can_be_written_in_any_case(self, client, make_program):
        token = make_program().token
        for scheme in ("bearer", "BEARER", "Bearer "):  # and more spaces may follow (RFC 6750, 2.1)
            headers = {"Authorization": f"{scheme} {token}"}
            anonymous(client).get("/api/protected", headers=headers)

    @pytest.mark.parametrize("form", ["{}", "Basic {}", "Bearer\t{}", "Bearer {} x"])
    def test_other_forms_of_the_header_are_not_accepted(self, client, make_program, form):
        headers = {"Authorization": form.format(make_program().token)}

        anonymous(client).get("/api/protected", headers=headers, expecting=401)


class TestNetworks:
    @pytest.mark.parametrize(
        ("networks", "address"),
        [
            (["192.0.2.0/24"], "192.0.2.7"),
            (["10.0.0.0/8", "192.0.2.7/32"], "192.0.2.7"),
            (["2001:db8::/32"], "2001:db8:1::7"),
            (["192.0.2.0/24"], "::ffff:192.0.2.7"),
        ],
    )
    def test_a_key_is_valid_in_its_networks(self, make_program, networks, address):
        program = make_program(allowed_networks=networks)

        program.get("/api/me", environ_base={"REMOTE_ADDR": address})

    @pytest.mark.parametrize("address", ["192.0.3.7", "2001:db8::1", ""])
    def test_elsewhere_the_error_is_that_of_a_wrong_key(self, make_program, capsys, address):
        program = make_program(allowed_networks=["192.0.2.0/24"])

        answer = program.get("/api/me", environ_base={"REMOTE_ADDR": address}, expecting=401)

        assert answer.json["error"] == "unauthenticated"
        assert '"api_keys.network_rejected"' in capsys.readouterr().out


class TestLimits:
    @pytest.fixture
    def limited(self, build):
        return build(
            LIMITS_ENABLED=True, LIMIT_INVALID_API_KEYS_PER_ADDRESS="3 per hour"
        ).test_client()

    def test_K_04_wrong_keys_from_one_address_are_throttled(self, limited, make_program):
        valid = make_program().token
        for _ in range(3):
            assert_invalid(as_program(limited, make_secret("rb_live_")))

        thrown = as_program(limited, make_secret("rb_live_")).get("/api/me", expecting=429)

        assert thrown.headers["RateLimit-Policy"] == '"invalid_api_key";q=3;w=3600'
        as_program(limited, valid).get("/api/me")

    def test_invalid_access_tokens_do_not_count(self, limited):
        for _ in range(5):
            as_program(limited, "a.b.c").get("/api/me", expecting=401)

    def test_the_limit_of_a_key_is_at_most_that_of_the_setting(self, build, make_program):
        client = build(LIMITS_ENABLED=True, LIMIT_PER_API_KEY="1 per minute").test_client()
        program = as_program(client, make_program(requests_per_minute=600).token)
        program.get("/api/me")

        program.get("/api/me", expecting=429)

    def test_a_key_with_a_limit_of_its_own(self, limited, make_program):
        program = as_program(limited, make_program(requests_per_minute=1).token)
        program.get("/api/me")

        program.get("/api/me", expecting=429)
        as_program(limited, make_program().token).get("/api/me")
