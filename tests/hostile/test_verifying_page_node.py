"""The sample for Node.js in docs/verifying-tokens.md, with jose: T-01, T-02, T-04 to T-06."""

import json
import re
import subprocess
from time import time

import pytest

from api.core.permissions import Permission
from api.keys.pairs import generate_key_pair
from tests import node
from tests.hostile.forge import LEFT_OUT
from tests.oauth_clients import make_service_client
from tests.service import ROOT

SAMPLE = re.compile(r"^## Node\n.*?^```js\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAMPLE_ISSUER = "https://roll.example.com"
ONLY_PEOPLE, PROGRAMS = "const PROGRAMS = false", "const PROGRAMS = true"
LEEWAY = 30
# Prints the subject of each token, or the code of the error.
RUN = """
for (const token of JSON.parse(process.argv[2])) {
  console.log(await verified(token).then(({ sub }) => sub, (error) => error.code ?? error.message));
}
"""
WRONG_CLAIM = "ERR_JWT_CLAIM_VALIDATION_FAILED"


@pytest.fixture
def run_sample(service, tmp_path):
    """Return a function that runs the sample with tokens, and returns what it found of each."""
    node.require_file("jose/package.json")
    (tmp_path / "node_modules").symlink_to(node.MODULES)
    [sample] = SAMPLE.findall((ROOT / "docs" / "verifying-tokens.md").read_text("utf-8"))
    assert sample.count(SAMPLE_ISSUER) == sample.count(ONLY_PEOPLE) == 1

    def run(*tokens, programs=False):
        text = sample.replace(SAMPLE_ISSUER, service.url)
        text = text.replace(ONLY_PEOPLE, PROGRAMS) if programs else text
        program = tmp_path / "sample.mjs"
        program.write_text(text + RUN)
        done = subprocess.run(
            ["node", program, json.dumps(tokens)],
            env=node.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


@pytest.fixture
def shop(service):
    local = service.local_service
    return make_service_client(local.app, local.client, Permission.USERS_READ)


def test_T_10_tokens_of_people_are_accepted(run_sample, forge, person):
    late = forge.token(person, exp=int(time()) - LEEWAY + 10)

    assert run_sample(person.token, forge.token(person), late) == [person.id] * 3


def test_T_05_tokens_of_programs_are_accepted_only_on_request(run_sample, person, shop):
    tokens = person.token, shop.issue()

    assert run_sample(*tokens) == [person.id, "not an access token"]
    assert run_sample(*tokens, programs=True) == [person.id, shop.id]


def test_tokens_with_a_defect_are_rejected(run_sample, service, forge, person):
    claims = forge.claims(person.id, person.session_id)
    other_key, _ = generate_key_pair("ES256")
    unknown = {**forge.header, "kid": "unknown"}
    plain = {**forge.header, "typ": "JWT"}
    secret = {**forge.header, "alg": "HS256"}
    unsigned = {**forge.header, "alg": "none"}
    defects = {
        "another key": (forge.sign(claims, key=other_key), "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"),
        "an unknown key": (forge.sign(claims, header=unknown), "ERR_JWKS_NO_MATCHING_KEY"),
        "HS256": (forge.sign(claims, header=secret, key=b"x" * 32), "ERR_JOSE_ALG_NOT_ALLOWED"),
        "none": (forge.sign(claims, header=unsigned), "ERR_JOSE_ALG_NOT_ALLOWED"),
        "a media type": (forge.sign(claims, header=plain), WRONG_CLAIM),
        "expired": (forge.token(person, exp=int(time()) - LEEWAY - 1), "ERR_JWT_EXPIRED"),
        "early": (forge.token(person, nbf=int(time()) + LEEWAY + 30), WRONG_CLAIM),
        "for good": (forge.token(person, exp=LEFT_OUT), WRONG_CLAIM),
        "an audience": (forge.token(person, aud="other"), WRONG_CLAIM),
        "two audiences": (
            forge.token(person, aud=["rollbook", "other"]),
            "also for another service",
        ),
        "an issuer": (forge.token(person, iss=f"{service.url}/"), WRONG_CLAIM),
        "a type": (forge.token(person, typ="refresh"), "not an access token"),
        "no session": (forge.token(person, sid=LEFT_OUT), "not an access token"),
        "a refresh token": (person.refresh_token, "ERR_JWS_INVALID"),
    }
    found = run_sample(*(token for token, _ in defects.values()))

    assert dict(zip(defects, found, strict=True)) == {
        name: expected for name, (_, expected) in defects.items()
    }
