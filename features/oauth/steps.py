from dataclasses import dataclass
from time import time
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_bdd import given, parsers, scenarios, then, when

from api.core import secrets
from api.keys.pairs import make_jwk
from features.errors import ERROR_CODES, get_error_codes
from tests.support import LocalService, anonymous

scenarios(".")

ACCOUNTS = "/api/service-accounts"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Program:
    """A program with its client credential, and the access token that it has got."""

    id: str
    secret: str = ""
    credential_id: str = ""
    private_key: Any = None
    issuer: str = ""
    assertion: str = ""
    access_token: str = ""

    @property
    def members(self) -> dict[str, str]:
        return {"client_id": self.id, "client_secret": self.secret}

    def sign(self, seconds: int = 60) -> dict[str, str]:
        """Sign a statement, and return the members of a form with it."""
        now = int(time())
        claims = {"iss": self.id, "sub": self.id, "aud": self.issuer, "exp": now + seconds}
        claims["jti"] = secrets.token()
        self.assertion = jwt.encode(claims, self.private_key, "ES256")
        return make_assertion_members(self.assertion)


def make_assertion_members(assertion):
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}


@pytest.fixture
def programs():
    """Return the programs of the scenario, by the name of the service account."""
    return {}


@pytest.fixture
def server(anyone):
    """Return the service that programs ask; a step can replace it."""
    return {"service": anyone}


@pytest.fixture
def ask(server, responses):
    """Return a function that sends a form, and stores the response."""

    def send(path, **members):
        service = server["service"]
        response = service.post(path, data=urlencode(members), headers=FORM, expecting=None)
        responses["the program"] = response
        return response

    return send


@pytest.fixture
def request_token(ask):
    return lambda **members: ask("/oauth/token", grant_type="client_credentials", **members)


@pytest.fixture
def list_users(server):
    """Return a function that lists users with the access token of a program."""

    def ask_for_users(access_token):
        headers = {"Authorization": f"Bearer {access_token}"}
        return server["service"].get("/api/users", headers=headers, expecting=None)

    return ask_for_users


@given(parsers.parse('the program "{name}" has a client secret'))
def create_secret(people, service_accounts, programs, name):
    path = f"{ACCOUNTS}/{service_accounts[name]}/credentials"
    body = {"kind": "client_secret", "name": "Secret of 2026"}
    made = people["Root"].post(path, body, expecting=201).json
    programs[name] = Program(service_accounts[name], made["client_secret"], made["id"])


@given(parsers.parse('the program "{name}" has a private key'))
def create_key(anyone, people, service_accounts, programs, name):
    key = ec.generate_private_key(ec.SECP256R1())
    body = {
        "kind": "public_key",
        "name": "Key of 2026",
        "public_key": make_jwk(key, "ES256").to_members(),
    }
    path = f"{ACCOUNTS}/{service_accounts[name]}/credentials"
    people["Root"].post(path, body, expecting=201)
    issuer = anyone.get("/.well-known/oauth-authorization-server").json["issuer"]
    programs[name] = Program(service_accounts[name], private_key=key, issuer=issuer)


@given(parsers.parse('the program "{name}" has lost its private key and made another one'))
def replace_key(programs, name):
    programs[name].private_key = ec.generate_private_key(ec.SECP256R1())


@given(parsers.parse('the program "{name}" has an access token'))
def have_token(request_token, programs, name):
    response = request_token(**programs[name].members)
    programs[name].access_token = response.json["access_token"]


@given(parsers.parse('the program "{name}" has requested an access token with a signed statement'))
def have_requested(request_token, programs, name):
    assert request_token(**programs[name].sign()).status_code == 200


@given(parsers.parse('the program "{name}" has revoked its access token'))
def have_revoked(ask, programs, name):
    program = programs[name]
    assert ask("/oauth/revoke", token=program.access_token, **program.members).status_code == 200


@given(parsers.parse('the service account of the program "{name}" is suspended'))
def have_suspended(people, service_accounts, name):
    changes = {"status": "suspended", "status_reason": "a leaked secret"}
    people["Root"].patch(f"{ACCOUNTS}/{service_accounts[name]}", changes)


@given(parsers.parse('the client secret of the program "{name}" is deleted'))
def have_deleted(people, programs, name):
    program = programs[name]
    people["Root"].delete(f"{ACCOUNTS}/{program.id}/credentials/{program.credential_id}")


@given(parsers.parse('the operator has listed the service "{url}"'))
def have_listed(build_strict, server, url):
    server["service"] = anonymous(LocalService(build_strict(oauth_resources=url)).client)


@when(parsers.parse('the program "{name}" requests an access token'))
def request(request_token, programs, name):
    request_token(**programs[name].members)


@when(parsers.parse('the program "{name}" requests an access token for "{permission}"'))
def request_scope(request_token, programs, name, permission):
    request_token(scope=permission, **programs[name].members)


@when(parsers.parse('the program "{name}" requests an access token for the service "{url}"'))
def request_resource(request_token, programs, name, url):
    request_token(resource=url, **programs[name].members)


@when(parsers.parse('the program "{name}" sends a wrong client secret'))
def request_with_wrong_secret(request_token, programs, name):
    secret = programs[name].secret
    wrong = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    request_token(client_id=programs[name].id, client_secret=wrong)


@when(parsers.parse('the program "{name}" signs a statement and requests an access token'))
def request_with_assertion(request_token, programs, name):
    request_token(**programs[name].sign())


@when(
    parsers.parse(
        'the program "{name}" requests an access token with a statement for {number:d} minutes'
    )
)
def request_with_long_assertion(request_token, programs, name, number):
    request_token(**programs[name].sign(60 * number))


@when("Mallory sends the same statement")
def repeat_assertion(request_token, programs):
    (program,) = programs.values()
    request_token(**make_assertion_members(program.assertion))


@when(parsers.parse('the program "{name}" lists users'))
def list_all_users(list_users, programs, responses, name):
    responses["the program"] = list_users(programs[name].access_token)


@when(parsers.parse('the program "{name}" asks about the access token of "{other}"'))
def ask_about_program(ask, programs, name, other):
    ask("/oauth/introspect", token=programs[other].access_token, **programs[name].members)


@when(parsers.parse('the program "{name}" asks about Ada\'s access token'))
def ask_about_ada(ask, people, programs, name):
    ask("/oauth/introspect", token=people["Ada"].token, **programs[name].members)


@then(
    parsers.parse('the program sees an access token for {number:d} minutes and for "{permission}"')
)
def check_token(responses, number, permission):
    issued = responses["the program"].json
    assert (issued["expires_in"], issued["scope"]) == (60 * number, permission)


@then("with the access token the program can list users")
def check_access(list_users, responses):
    response = list_users(responses["the program"].json["access_token"])
    assert response.status_code == 200


@then("with the access token the program cannot list users")
def check_no_access(list_users, responses):
    response = list_users(responses["the program"].json["access_token"])
    assert get_error_codes(response) == {ERROR_CODES["a login is required"]}


@then(parsers.parse('the program sees that the access token belongs to "{name}"'))
def check_program(responses, service_accounts, name):
    described = responses["the program"].json
    assert (described["active"], described["sub"]) == (True, service_accounts[name])


@then("the program sees that the access token belongs to Ada")
def check_ada(people, responses):
    described = responses["the program"].json
    assert (described["active"], described["sub"]) == (True, people["Ada"].id)
