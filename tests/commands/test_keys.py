"""`rollbook keys`."""

import json
import re
from datetime import timedelta
from secrets import token_urlsafe

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from api.cli import main
from api.core.clock import now
from api.core.database import db, transaction
from api.keys.models import SigningKey


@pytest.fixture
def rollbook(build):
    """Run a command on an application that encrypts signing keys; two keys exist."""
    run = make_runner(build(ENCRYPTION_KEY=token_urlsafe(48)))
    run("keys", "rotate")
    return run


def make_runner(app):
    """Return a function that runs a command on an application."""

    def run(*arguments):
        with app.app_context():
            return CliRunner().invoke(main, arguments)

    return run


def algorithm_by_state(rollbook):
    """Return the algorithm of each state."""
    keys = json.loads(rollbook("keys", "list", "--json").output)
    return {key["state"]: key["algorithm"] for key in keys}


def kid_by_state(rollbook):
    """Return the kid of each state; of several retired keys the last."""
    keys = json.loads(rollbook("keys", "list", "--json").output)
    return {key["state"]: key["kid"] for key in keys}


def test_list_prints_the_state_of_each_key_and_its_beginning(rollbook):
    header, active, following = rollbook("keys", "list").output.splitlines()
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"

    assert header.startswith("KID ")
    assert header.endswith(
        "STATE   ALGORITHM  CREATED AT            ACTIVATED AT          RETIRED AT  EXPIRES AT"
    )
    assert re.fullmatch(rf"[\w-]{{43}}  active  ES256      {time} +{time} +- +-", active)
    assert re.fullmatch(rf"[\w-]{{43}}  next    ES256      {time} +- +- +-", following)


def test_case_N_03_rotate_now_activates_the_next_key_and_prints_it(rollbook, recorded):
    before = kid_by_state(rollbook)

    done = rollbook("keys", "rotate", "--now")

    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == before["next"]
    assert done.stderr == f"Rotated the keys: {before['next']} signs now.\n"
    after = kid_by_state(rollbook)
    assert (after["active"], after["retired"]) == (before["next"], before["active"])
    assert recorded() == ["key.rotated", "key.rotated"]


def test_rotate_rejects_a_next_key_that_was_published_too_recently(rollbook):
    before = kid_by_state(rollbook)

    done = rollbook("keys", "rotate")

    assert done.exit_code == 1
    assert done.output == (
        "rollbook: The next key was published too recently: some verifiers may not know it yet. "
        "Wait 10 min, or use `--now`: verifiers may then reject tokens for some minutes.\n"
    )
    assert kid_by_state(rollbook) == before


def test_rotate_accepts_a_next_key_that_was_published_ten_minutes_ago(rollbook, monkeypatch):
    later = now() + timedelta(seconds=601)
    monkeypatch.setattr("api.core.clock.now", lambda: later)

    assert rollbook("keys", "rotate").exit_code == 0


def test_B_33_a_failed_rotation_does_not_replace_a_key_of_another_algorithm(build):
    secret = token_urlsafe(48)
    before = make_runner(build(ENCRYPTION_KEY=secret))
    before("keys", "rotate")
    kids = kid_by_state(before)
    rollbook = make_runner(build(ENCRYPTION_KEY=secret, SIGNING_ALGORITHM="RS256"))

    assert rollbook("keys", "rotate").exit_code == 1  # published too recently

    assert kid_by_state(rollbook) == kids


def test_B_33_rotate_publishes_a_key_of_another_algorithm_before_it_signs(build, monkeypatch):
    secret = token_urlsafe(48)
    before = make_runner(build(ENCRYPTION_KEY=secret))
    before("keys", "rotate")
    rollbook = make_runner(build(ENCRYPTION_KEY=secret, SIGNING_ALGORITHM="RS256"))

    later = now() + timedelta(seconds=601)
    monkeypatch.setattr("api.core.clock.now", lambda: later)

    done = rollbook("keys", "rotate")

    assert done.exit_code == 0
    assert "It signs with ES256. The next key is for SIGNING_ALGORITHM" in done.stderr
    assert algorithm_by_state(rollbook) == {
        "active": "ES256", "next": "RS256", "retired": "ES256"
    }  # fmt: skip


def test_B_33_rotate_now_signs_with_the_configured_algorithm_at_once(build):
    secret = token_urlsafe(48)
    make_runner(build(ENCRYPTION_KEY=secret))("keys", "rotate")
    rollbook = make_runner(build(ENCRYPTION_KEY=secret, SIGNING_ALGORITHM="EdDSA"))

    assert rollbook("keys", "rotate", "--now").exit_code == 0

    assert algorithm_by_state(rollbook)["active"] == "EdDSA"


def test_case_N_03_retire_replaces_the_active_key_and_says_so(rollbook, recorded):
    before = kid_by_state(rollbook)

    done = rollbook("keys", "retire", before["active"])

    assert done.exit_code == 0
    message = f"Revoked the key {before['active']}: its tokens are no longer valid."
    assert done.output.splitlines()[-1] == message
    after = kid_by_state(rollbook)
    assert (after["active"], after["retired"]) == (before["next"], before["active"])
    assert sorted(recorded()) == ["key.retired", "key.rotated", "key.rotated"]


@pytest.mark.parametrize("separator", [(), ("--",)], ids=["alone", "after --"])
@pytest.mark.parametrize("hyphens", ["-", "--"])
def test_S_11_case_N_04_retire_accepts_an_id_that_begins_with_a_hyphen(
    app, rollbook, recorded, hyphens, separator
):
    kid = hyphens + kid_by_state(rollbook)["active"][len(hyphens) :]
    with app.app_context(), transaction():
        db.session.execute(update(SigningKey).where(SigningKey.state == "active").values(kid=kid))

    done = rollbook("keys", "retire", *separator, kid)

    assert done.exit_code == 0, done.output
    assert kid_by_state(rollbook)["retired"] == kid
    assert "key.retired" in recorded()


def test_retire_rejects_an_unknown_key(rollbook):
    done = rollbook("keys", "retire", "nothing")

    assert (done.exit_code, done.output) == (1, "rollbook: There is no such signing key.\n")


@pytest.mark.parametrize("arguments", [("rotate", "--now"), ("retire", "nothing")])
def test_keys_need_an_encryption_key(app, recorded, arguments):
    with app.app_context():
        done = CliRunner().invoke(main, ["keys", *arguments])
        listed = CliRunner().invoke(main, ["keys", "list"])

    assert done.exit_code == 2
    assert done.output == (
        "rollbook: ENCRYPTION_KEY: required, since signing keys are encrypted with it\n"
    )
    assert listed.output.count("\n") == 1  # the header
    assert recorded() == []


def test_rotate_replaces_keys_of_another_encryption_key(rollbook, build):
    before = kid_by_state(rollbook)

    with build(ENCRYPTION_KEY=token_urlsafe(48)).app_context():
        CliRunner().invoke(main, ["keys", "rotate", "--now"])

    assert kid_by_state(rollbook)["active"] not in before.values()
