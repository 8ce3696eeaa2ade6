from secrets import token_hex, token_urlsafe

import pytest

from api.config import ConfigError, load
from tests.settings import DEVELOPMENT, PRODUCTION, STRONG, api_error, forget, without


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    forget(monkeypatch)


class TestG01UnsafeSettingsRefuseToStart:
    @pytest.mark.parametrize(
        ("name", "unsafe"),
        [
            ("debug", True),
            ("public_base_url", "http://users.example.org"),
            ("public_base_url", "http://localhost.example.org"),
            ("cors_origins", "*"),
            ("allowed_hosts", "users.example.org,*"),
            ("workers", 2),
            ("password_blocklist", False),
            ("limits_enabled", False),
            ("email_verification", "required"),
            ("argon2_memory_kib", 19_455),
            ("argon2_time_cost", 1),
        ],
    )
    def test_in_production_only(self, name, unsafe):
        assert api_error(**{name: unsafe}).startswith(f"{name.upper()}: ")
        assert load({**DEVELOPMENT, name: unsafe})

    def test_the_public_url_is_required(self):
        given = without("public_base_url", PRODUCTION)

        with pytest.raises(ConfigError, match=r"^PUBLIC_BASE_URL: required in production$"):
            load(given)

    @pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
    def test_a_loopback_address_needs_no_encryption(self, host):
        assert load({**PRODUCTION, "public_base_url": f"http://{host}"})

    def test_several_workers_are_safe_on_redis(self):
        assert load({**PRODUCTION, "workers": 2, "redis_url": "redis://redis/0"}).workers == 2


class TestT03KeyStrengthEnforcedAtStart:
    @pytest.mark.parametrize("environment", ["production", "development"])
    @pytest.mark.parametrize(
        "weak",
        [
            "changeme",
            STRONG[:31],
            "é" * 15,
            "change-me-change-me-change-me-change-me",
            "your-super-secret-jwt-key-change-this-in-production",
            "this-is-a-very-long-but-insecure-secret-key",
            "a" * 64,
            "0123456789abcdef" * 4,
            "test-secret-key" * 3,
        ],
    )
    def test_a_weak_key_is_rejected(self, environment, weak):
        message = api_error(environment=environment, encryption_key=weak)

        assert message.startswith("ENCRYPTION_KEY: ")
        assert weak not in message

    @pytest.mark.parametrize("make", [token_urlsafe, token_hex])
    def test_random_keys_are_accepted(self, make):
        for _ in range(20):
            assert load({**PRODUCTION, "encryption_key": make(24)})

    def test_test_suites_may_have_weak_ones(self):
        assert load({**PRODUCTION, "environment": "testing", "encryption_key": "x"})


class TestMail:
    SERVER = "smtp+starttls://u:p@mail.example.org"
    FROM = "no-reply@example.org"

    def test_a_mail_server_needs_a_sender(self):
        assert api_error(mail_url=self.SERVER) == "MAIL_FROM: required with MAIL_URL"

    @pytest.mark.parametrize(
        "url", [SERVER, "smtps://mail.example.org", "smtp://localhost", "smtp://[::1]:2525"]
    )
    def test_mails_are_encrypted_or_stay_on_the_machine(self, url):
        assert load({**PRODUCTION, "mail_url": url, "mail_from": self.FROM}).mail_url == url

    @pytest.mark.parametrize("host", ["mail.example.org", "10.0.0.5", "localhost.example.org"])
    def test_an_unencrypted_connection_to_another_machine_is_a_decision(self, host):
        given = {"mail_url": f"smtp://{host}", "mail_from": self.FROM}

        assert api_error(**given).startswith("MAIL_URL: has to be smtp+starttls or smtps in prod")
        assert load({**PRODUCTION, **given, "mail_unencrypted": True})
        assert load({**DEVELOPMENT, **given})
