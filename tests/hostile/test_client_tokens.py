"""Access tokens of service accounts: forged, revoked, requested at the same time."""

from functools import partial

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.core.permissions import Permission
from tests.hostile.forge import LEFT_OUT
from tests.hostile.wire import REQUESTS_FOR_ALL_WORKERS, at_once
from tests.oauth_clients import make_service_client
from tests.remote import Client

UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
REQUESTS = 20


@pytest.fixture(scope="module")
def over_socket(service):
    client = Client(service.url)
    yield client
    client.close()


@pytest.fixture
def make_client(service, over_socket):
    """Return a function that saves a service account, which asks over the socket."""

    def make(*permissions):
        client = make_service_client(service.local_service.app, over_socket, *permissions)
        client.issuer = service.settings["public_base_url"]
        return client

    return make


@pytest.fixture
def shop(make_client):
    return make_client(Permission.USERS_READ)


@pytest.fixture
def claims(forge, shop):
    """Return a function that returns the claims of a token of the shop, with some changes."""

    def make_claims(**changed):
        own = {
            "client_id": shop.id,
            "sid": LEFT_OUT,
            "typ": "client",
            "credential": shop.secret_id,
            "scope": "users:read",
            "roles": [f"of-{shop.id}"],
        }
        return forge.claims(shop.id, "", **{**own, **changed})

    return make_claims


def find_status(shop, token):
    return shop.get("/api/users", token, expecting=None).status_code


def find_statuses(shop, token):
    """Return the statuses with which all workers answer a token."""
    return set(at_once([partial(find_status, shop, token)] * REQUESTS_FOR_ALL_WORKERS))


class TestForgedTokens:
    def test_a_forged_token_without_a_defect_is_accepted(self, forge, shop, claims):
        assert find_status(shop, forge.sign(claims())) == 200

    def test_a_forged_token_has_the_claims_of_an_issued_one(self, shop, claims):
        issued = jwt.decode(shop.issue(), options={"verify_signature": False})

        assert issued.keys() == claims().keys()

    @pytest.mark.parametrize("name", ["none", "None", "NONE", "", "es256"])
    def test_T_01_none_and_misspelt_algorithms_are_rejected(self, forge, shop, claims, name):
        signed = forge.sign(claims(), header={**forge.header, "alg": name})

        assert find_status(shop, signed) == 401
        assert find_status(shop, f"{signed.rpartition('.')[0]}.") == 401

    @pytest.mark.parametrize("form", [Encoding.PEM, Encoding.DER])
    def test_T_01_the_public_key_is_not_accepted_as_a_secret(self, forge, shop, claims, form):
        public = forge.key.public_key().public_bytes(form, PublicFormat.SubjectPublicKeyInfo)
        header = {**forge.header, "alg": "HS256"}

        assert find_status(shop, forge.sign(claims(), header=header, key=public)) == 401

    def test_T_02_the_key_of_the_client_signs_no_access_token(self, forge, shop, claims):
        assert find_status(shop, forge.sign(claims(), key=shop.private_key)) == 401

    def test_T_05_a_client_assertion_is_no_access_token(self, shop):
        assert find_status(shop, shop.sign()) == 401

    @pytest.mark.parametrize(
        "audience",
        [
            "https://shop.example",
            ["https://shop.example"],
            ["rollbook", "https://shop.example"],
            [],
            "",
            "rollbook ",
            5,
            None,
            {"a": 1},
            [["rollbook"]],
            LEFT_OUT,
        ],
    )
    def test_T_06_another_audience_is_rejected(self, forge, shop, claims, audience):
        assert find_status(shop, forge.sign(claims(aud=audience))) == 401

    @pytest.mark.parametrize(
        "changed",
        [
            pytest.param({"credential": LEFT_OUT}, id="no credential"),
            pytest.param({"credential": UNKNOWN}, id="unknown credential"),
            pytest.param({"credential": ""}, id="empty credential"),
            pytest.param({"credential": None}, id="null credential"),
            pytest.param({"scope": None}, id="null scope"),
            pytest.param({"scope": ["users:read"]}, id="scope a list"),
            pytest.param({"client_id": LEFT_OUT}, id="no client"),
            pytest.param({"client_id": "rollbook"}, id="other client"),
            pytest.param({"sub": UNKNOWN, "client_id": UNKNOWN}, id="unknown account"),
            pytest.param({"sid": UNKNOWN}, id="with a session"),
            pytest.param({"jti": "1"}, id="jti no id"),
            pytest.param({"typ": "access"}, id="purpose of sessions"),
            pytest.param({"typ": "access", "sid": UNKNOWN}, id="purpose and session"),
            pytest.param({"typ": "Client"}, id="misspelt purpose"),
            pytest.param({"exp": 0}, id="expired"),
        ],
    )
    def test_T_05_each_claim_is_checked(self, forge, shop, claims, changed):
        assert find_status(shop, forge.sign(claims(**changed))) == 401

    def test_T_05_the_credential_of_another_account_is_rejected(
        self, forge, shop, claims, make_client
    ):
        other = make_client(Permission.USERS_READ)

        assert find_status(shop, forge.sign(claims(credential=other.secret_id))) == 401

    def test_T_05_a_token_of_a_session_is_not_one_of_a_client(self, forge, shop, person):
        changed = {"typ": "client", "sid": LEFT_OUT, "scope": "users:read"}
        user = forge.token(person, client_id=person.id, credential=person.session_id, **changed)

        assert find_status(shop, user) == 401
        assert find_status(shop, forge.token(person, typ="client")) == 401

    def test_T_09_a_scope_beyond_the_account_adds_no_permission(self, forge, shop, claims):
        every = " ".join(Permission)
        token = forge.sign(claims(scope=f"{every} x"))

        assert shop.get("/api/users", token)
        assert shop.get("/api/audit-events", token, expecting=403)


class TestEndedAccess:
    @pytest.mark.parametrize(
        "end",
        [
            pytest.param(lambda shop: shop.delete_credential(shop.secret_id), id="credential"),
            pytest.param(lambda shop: shop.change(status="suspended"), id="account"),
            pytest.param(lambda shop: shop.ask("/oauth/revoke", token=shop.tokens[0]), id="token"),
        ],
    )
    def test_L_09_what_ends_a_token_has_effect_at_the_next_request_on_each_worker(self, shop, end):
        shop.tokens.append(shop.issue())
        assert find_statuses(shop, shop.tokens[0]) == {200}

        end(shop)

        assert find_statuses(shop, shop.tokens[0]) == {401}

    def test_L_09_a_withdrawn_permission_has_effect_on_each_worker(self, shop):
        token = shop.issue()
        assert find_statuses(shop, token) == {200}

        shop.set_permissions()

        assert find_statuses(shop, token) == {403}


class TestRaces:
    def test_one_of_many_requests_with_an_assertion_succeeds(self, shop):
        for _ in range(3):
            assertion = shop.sign()
            ask = partial(shop.request_token_with, assertion, expecting=None)
            statuses = sorted(answer.status_code for answer in at_once([ask] * REQUESTS))

            assert statuses == [200] + [401] * (REQUESTS - 1)

    def test_a_token_is_revoked_once(self, shop, service):
        token = shop.issue()
        ask = partial(shop.ask, "/oauth/revoke", token=token)
        at_once([ask] * REQUESTS)

        found = service.administrator.get(
            f"/api/audit-events?action=token.revoked&subject={shop.id}"
        )
        assert len(found.json["items"]) == 1
