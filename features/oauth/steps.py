from time import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_bdd import given, parsers, scenarios, then, when

from api.core import secrets
from api.keys.pairs import make_jwk
from features.common.programs import ACCOUNTS, Program
from features.errors import ERROR_CODES, get_error_codes
from tests.support import LocalService, anonymous

scenarios(".")

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def sign(program, seconds=60):
    """Sign an assertion, and return the members of a form with it."""
    now = int(time())
    claims = {"iss": program.id, "sub": program.id, "aud": program.issuer, "exp": now + seconds}
    claims["jti"] = secrets.token()
    program.assertion = jwt.encode(claims, program.private_key, "ES256")
    return make_assertion_members(program.assertion)


def make_assertion_members(assertion):
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}


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


@given(parsers.parse('the program "{name}" has requested an access token with an assertion'))
def have_requested(request_token, programs, name):
    assert request_token(**sign(programs[name])).status_code == 200


@given(parsers.parse('the service account of the program "{name}" is suspended'))
def have_suspended(people, service_accounts, name):
    changes = {"status": "suspended", "status_reason": "a leaked secret"}
    people["Root"].patch(f"{ACCOUNTS}/{service_accounts[name]}", changes)


@given(parsers.parse('the client secret of the program "{name}" is deleted'))
def have_deleted(people, programs, name):
    program = programs[name]
    people["Root"].delete(f"{ACCOUNTS}/{program.id}/credentials/{program.credential_id}")


@given(parsers.parse('Root has deleted the service account of the program "{name}"'))
def have_deleted_account(people, programs, name):
    people["Root"].delete(f"{ACCOUNTS}/{programs[name].id}")


@given(parsers.parse('Root has removed the role "{role}" from the program "{name}"'))
def have_removed_role(preconditions, people, programs, role, name):
    path = f"{ACCOUNTS}/{programs[name].id}/roles/{preconditions.make_unique(role)}"
    people["Root"].delete(path)


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


@when(parsers.parse('the program "{name}" signs an assertion and requests an access token'))
def request_with_assertion(request_token, programs, name):
    request_token(**sign(programs[name]))


@when(
    parsers.parse(
        'the program "{name}" requests an access token with an assertion for {number:d} minutes'
    )
)
def request_with_long_assertion(request_token, programs, name, number):
    request_token(**sign(programs[name], 60 * number))


@when("Mallory sends the same assertion")
def repeat_assertion(request_token, programs, responses):
    (program,) = programs.values()
    responses["Mallory"] = request_token(**make_assertion_members(program.assertion))


@when(parsers.parse('Root revokes the access token of the program "{name}"'))
def revoke_token(people, programs, responses, name):
    token = programs[name].access_token
    responses["Root"] = people["Root"].post_form("/api/revoke", token=token, expecting=None)


@when(parsers.parse('the program "{name}" revokes its access token'))
def revoke_own_token(ask, programs, name):
    program = programs[name]
    ask("/oauth/revoke", token=program.access_token, **program.members)


@when(parsers.parse('the program "{name}" revokes the access token of "{other}"'))
def revoke_token_of_other(ask, programs, name, other):
    ask("/oauth/revoke", token=programs[other].access_token, **programs[name].members)


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
def check_new_token(list_users, responses):
    response = list_users(responses["the program"].json["access_token"])
    assert response.status_code == 200


@then("with the access token the program cannot list users")
def check_useless_token(list_users, responses):
    response = list_users(responses["the program"].json["access_token"])
    assert get_error_codes(response) == {ERROR_CODES["a login is required"]}


@then(parsers.parse('the program sees that the access token belongs to "{name}"'))
def check_program(responses, service_accounts, name):
    described = responses["the program"].json
    assert (described["active"], described["sub"]) == (True, service_accounts[name])


@then("the program sees that the access token is not valid")
def check_not_valid(responses):
    assert responses["the program"].json == {"active": False}


@then("the program sees that the access token belongs to Ada")
def check_ada(people, responses):
    described = responses["the program"].json
    assert (described["active"], described["sub"]) == (True, people["Ada"].id)


@then(parsers.re(r'the access token of "(?P<name>[^"]+)" (?P<works>works|does not work)'))
def check_access_token(list_users, programs, name, works):
    response = list_users(programs[name].access_token)
    expected = set() if works == "works" else {ERROR_CODES["a login is required"]}
    assert get_error_codes(response) == expected
