"""Device tokens: a device that has logged in before has its own limit (L-06)."""

from datetime import timedelta

import pytest

from api.core import clock
from api.core.database import db, transaction
from api.core.secrets import new_id
from api.login.device_tokens import LIFETIME, DeviceTokens
from api.users.models import Credentials, User
from tests.support import PASSWORD

WRONG = "the password of another user"
ADA = Credentials(new_id(), "Ada", "", "", "active", "the hash", False, None)  # noqa: FBT003


@pytest.fixture
def client(build):
    return build(limits_enabled=True, limit_login_per_address="1000 per minute").test_client()


@pytest.fixture
def ada(user):
    return user("Ada")


@pytest.fixture
def log_in(client):
    """Return a function that logs in, and returns the response."""

    def send(password=PASSWORD, token=None, name="ada"):
        body = {"username": name, "password": password}
        return client.post("/api/login", json=body | ({"device_token": token} if token else {}))

    return send


def guess(log_in, times, token=None):
    return [log_in(WRONG, token).status_code for _ in range(times)]


@pytest.fixture
def token(log_in, ada):
    """The token of a device on which Ada has logged in."""
    return log_in().json["device_token"]


class TestTokens:
    tokens = DeviceTokens("the secret of a service")

    def test_a_token_is_valid_for_its_account_and_password(self):
        device_id = new_id()
        token = self.tokens.make(ADA.id, ADA.password_hash, device_id=device_id)

        assert self.tokens.verify(token, ADA) == device_id
        assert self.tokens.verify(token, ADA._replace(id=new_id())) is None
        assert self.tokens.verify(token, ADA._replace(password_hash="another")) is None
        assert self.tokens.verify(token, None) is None
        assert DeviceTokens("another secret").verify(token, ADA) is None

    def test_each_device_has_another_id(self):
        made = {self.tokens.make(ADA.id, ADA.password_hash) for _ in range(2)}

        assert len({self.tokens.verify(token, ADA) for token in made}) == 2

    def test_a_token_expires(self, monkeypatch):
        token = self.tokens.make(ADA.id, ADA.password_hash)
        later = clock.now() + LIFETIME + timedelta(seconds=1)
        monkeypatch.setattr(clock, "now", lambda: later)

        assert self.tokens.verify(token, ADA) is None

    def test_a_changed_token_is_not_valid(self):
        token = self.tokens.make(ADA.id, ADA.password_hash)

        for position in range(len(token) - 1):
            other = "A" if token[position] != "A" else "g"
            changed = token[:position] + other + token[position + 1 :]
            assert self.tokens.verify(changed, ADA) is None

    @pytest.mark.parametrize("token", ["", "=", "a", "é", "A" * 75, "A" * 256, "%"], ids=ascii)
    def test_a_text_that_is_no_token_is_not_valid(self, token):
        assert self.tokens.verify(token, ADA) is None


class TestLogins:
    def test_L_06_a_known_device_logs_in_during_a_pause(self, log_in, token):
        assert guess(log_in, 6) == [401] * 5 + [429]

        assert log_in().status_code == 429
        assert log_in(token=token).status_code == 200
        assert log_in().status_code == 429  # for the others the pause goes on

    def test_L_06_wrong_passwords_of_a_known_device_count_for_it_alone(self, log_in, token):
        assert guess(log_in, 4, token) == [401] * 4
        assert guess(log_in, 4) == [401] * 4

        assert log_in(token=token).status_code == 200
        assert guess(log_in, 2) == [401, 429]

    def test_L_03_a_token_is_void_beyond_its_quota(self, log_in, token):
        assert guess(log_in, 11, token) == [401] * 10 + [429]

        assert log_in(token=token).status_code == 429

    def test_L_07_a_stolen_token_permits_five_further_guesses_in_all(self, log_in, token):
        guess(log_in, 5, token)

        assert guess(log_in, 6) == [401] * 5 + [429]
        assert log_in(WRONG, token).status_code == 429

    @pytest.mark.parametrize(
        "make",
        [lambda token: token[:-1], lambda _: "A" * 75, str.lower],
        ids=["short", "zeros", "lower case"],
    )
    def test_L_06_a_forged_token_is_ignored(self, log_in, token, make):
        guess(log_in, 5)

        assert log_in(token=make(token)).status_code == 429

    def test_L_06_the_token_of_another_account_is_ignored(self, log_in, token, user):
        user("Grace")
        assert guess(log_in, 5) == [401] * 5
        foreign = log_in(name="grace", token=token).json["device_token"]

        assert log_in(token=foreign).status_code == 429

    def test_L_06_a_device_keeps_its_id_with_the_next_token(self, log_in, token):
        following = log_in(token=token).json["device_token"]
        guess(log_in, 5, following)
        guess(log_in, 5)

        assert log_in(token=token).status_code == 429

    @pytest.mark.parametrize("name", ["Ada", "Ruth"])
    @pytest.mark.usefixtures("ada")
    def test_L_01_a_token_without_effect_changes_no_response(self, log_in, name):
        responses = [log_in(WRONG, token, name=name) for token in (None, "A" * 75)]

        plain, forged = [(it.status_code, {**it.json, "request_id": None}) for it in responses]
        assert plain == forged

    def test_L_06_a_new_password_makes_the_tokens_of_other_devices_void(self, app, log_in, token):
        with app.app_context(), transaction():
            db.session.query(User).filter_by(username="Ada").one().set_password("another password")
        guess(log_in, 5)

        assert log_in("another password", token).status_code == 429

    def test_L_06_a_changed_password_returns_a_new_token(self, client, log_in, token):
        headers = {"Authorization": f"Bearer {log_in().json['access_token']}"}
        body = {"current_password": PASSWORD, "new_password": "the analytical engine weaves"}
        changed = client.post("/api/me/password", json=body, headers=headers).json
        guess(log_in, 5)

        following = log_in("the analytical engine weaves", changed["device_token"])

        assert following.status_code == 200

    def test_L_06_a_login_that_renews_the_hash_returns_a_token_for_the_new_one(
        self, build, log_in, token
    ):
        stronger = build(limits_enabled=True, argon2_time_cost=2).test_client()
        body = {"username": "ada", "password": PASSWORD}
        renewed = stronger.post("/api/login", json=body).json["device_token"]
        guess(log_in, 5)

        assert log_in(token=token).status_code == 429
        assert log_in(token=renewed).status_code == 200

    def test_a_refresh_returns_no_device_token(self, client, log_in, ada):
        refresh_token = log_in().json["refresh_token"]

        refreshed = client.post("/api/refresh", json={"refresh_token": refresh_token})

        assert refreshed.status_code == 200
        assert "device_token" not in refreshed.json

    def test_a_token_is_no_name(self, client, token):
        response = client.post("/api/login", json={"password": PASSWORD, "device_token": token})

        assert response.status_code == 422
        assert response.json["errors"][0]["pointer"] == "/username"
