from pathlib import Path

import pytest
from flask import Flask

from api import config
from api.config import ConfigError, Settings, init_app, load
from api.config.page import render_page
from api.core.runtime import current_settings
from tests.settings import DEVELOPMENT, PRODUCTION, STRONG, api_error, forget, without


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    forget(monkeypatch)


@pytest.fixture
def environment(monkeypatch):
    def give(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return give


class TestSources:
    def test_settings_come_from_the_environment(self, environment):
        environment(**{name.upper(): value for name, value in PRODUCTION.items()}, PORT="9000")

        loaded = load()

        assert (loaded.port, loaded.encryption_key) == (9000, STRONG)

    def test_production_is_the_default_environment(self, environment):
        environment(ENCRYPTION_KEY=STRONG, DATABASE_URL="sqlite:///x", PUBLIC_BASE_URL="https://x")

        assert load().environment == "production"

    def test_test_config_overrides_the_environment(self, environment):
        environment(PORT="9000")

        assert load({**PRODUCTION, "port": 1}).port == 1

    def test_a_secret_may_come_from_a_file(self, environment, tmp_path):
        file = tmp_path / "key"
        file.write_text(f"{STRONG}\n")
        environment(ENCRYPTION_KEY_FILE=str(file))

        assert load(without("encryption_key")).encryption_key == STRONG

    @pytest.mark.parametrize(
        "name", ["DATABASE_URL", "REDIS_URL", "ENCRYPTION_KEY", "PUBLIC_BASE_URL"]
    )
    def test_every_secret_and_url_may_come_from_a_file(self, environment, tmp_path, name):
        environment(**{f"{name}_FILE": str(tmp_path / "missing")})

        assert api_error() == f"{name}_FILE: cannot be read (FileNotFoundError)"

    def test_other_settings_have_no_file(self, environment, tmp_path):
        environment(PORT_FILE=str(tmp_path / "missing"))

        assert load(PRODUCTION).port == 8000

    @pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
    def test_a_file_without_a_value_is_rejected(self, environment, tmp_path, content):
        file = tmp_path / "key"
        file.write_bytes(content)
        environment(ENCRYPTION_KEY_FILE=str(file))

        assert api_error().startswith("ENCRYPTION_KEY_FILE: ")

    def test_a_variable_and_a_file_at_once_are_rejected(self, environment, tmp_path):
        environment(ENCRYPTION_KEY=STRONG, ENCRYPTION_KEY_FILE=str(tmp_path))

        assert api_error() == "ENCRYPTION_KEY: set twice, also as ENCRYPTION_KEY_FILE"

    def test_an_empty_variable_counts_as_not_set(self, environment):
        environment(REDIS_URL="", PORT="")

        loaded = load(PRODUCTION)

        assert (loaded.redis_url, loaded.port) == (None, 8000)

    def test_names_of_flask_are_accepted(self):
        loaded = load(
            {
                "SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:",
                "TESTING": True,
                "ENCRYPTION_KEY": "x",
            }
        )

        assert loaded.testing
        assert loaded.database_url == "sqlite:///:memory:"

    def test_an_unknown_setting_is_rejected(self):
        assert api_error(prot=1) == "PROT: no such setting"


class TestValues:
    def test_settings_are_frozen(self):
        with pytest.raises(ValueError, match="frozen"):
            load(PRODUCTION).port = 1

    def test_lists_are_written_with_commas(self, environment):
        environment(CORS_ORIGINS="https://a.example.org, https://B.Example.org:8443,")

        assert load(PRODUCTION).cors_origins == (
            "https://a.example.org",
            "https://b.example.org:8443",
        )

    @pytest.mark.parametrize(
        ("origin", "as_sent"),
        [
            ("https://*.vercel.app", "https://*.vercel.app"),
            ("HTTPS://App-*.Example.org:443/", "https://app-*.example.org"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://a.example.org:80", "http://a.example.org"),
            ("https://a.example.org:80", "https://a.example.org:80"),
            ("http://[0:0::1]:3000", "http://[::1]:3000"),
            ("http://127.0.0.1", "http://127.0.0.1"),
        ],
    )
    def test_B_25_an_origin_is_written_as_browsers_send_it(self, origin, as_sent):
        assert load({**PRODUCTION, "cors_origins": origin}).cors_origins == (as_sent,)

    @pytest.mark.parametrize(
        "origin",
        [
            "*.vercel.app", "https://*", "https://*.app", "https://a.*.app.com", "https://**.a.org",
            "https://*.*.a.org", "http*://a.b.org", "https://*.127.0.0.1", "https://*.[::1]",
            "https://a.org:*", "https://a.org:0", "https://a.org:65536", "https://a.org:",
            "https://a.org/app", "https://a.org?", "https://me@a.org", "https://ä.org",
            "https://a b.org", "https://a..org", "https://10.0.0.256", "https://a.org\\b", "null",
            "https://[::1", "https://[::g]",
        ],
    )  # fmt: skip
    def test_B_25_an_origin_that_can_never_match_is_rejected(self, origin):
        assert api_error(cors_origins=origin).startswith("CORS_ORIGINS: ")

    @pytest.mark.parametrize(
        ("url", "path"),
        [
            ("https://Users.Example.org/auth/", "/auth"),
            ("https://users.example.org/Some/Where", "/Some/Where"),
            ("https://users.example.org/", ""),
            ("https://users.example.org:8443", ""),
        ],
    )
    def test_B_28_the_base_url_can_have_a_path(self, url, path):
        loaded = load({**PRODUCTION, "public_base_url": url})

        assert loaded.base_path == path
        assert loaded.public_base_url == loaded.jwt_issuer
        assert loaded.public_base_url.endswith(path)
        assert loaded.allowed_hosts == ("users.example.org",)

    @pytest.mark.parametrize("address", ["redis://a:6379/0", "rediss://a", "redis+unix:///a.sock"])
    def test_urls_of_redis_are_accepted(self, address):
        assert load({**PRODUCTION, "redis_url": address}).redis_url == address

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
    def test_the_driver_of_postgresql_is_set(self, scheme):
        loaded = load({**PRODUCTION, "database_url": f"{scheme}://a:b@c/d"})

        assert loaded.database_url == "postgresql+psycopg://a:b@c/d"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("environment", "staging"),
            ("port", "http"),
            ("port", "65536"),
            ("workers", "0"),
            ("database_url", "mysql://a:b@c/d"),
            ("database_url", "somewhere"),
            ("redis_url", "http://localhost"),
            ("redis_url", "unix:///a.sock"),
            ("public_base_url", "users.example.org"),
            ("public_base_url", "https://users.example.org/api?x=1"),
            ("public_base_url", "https://users.example.org/a/../b"),
            ("public_base_url", "https://users.example.org/a b"),
            ("public_base_url", "https://users.example.org:0"),
            ("allowed_hosts", "users.example.org:8443"),
            ("allowed_hosts", "https://users.example.org"),
            ("allowed_hosts", "*.example.org"),
            ("allowed_hosts", "::1"),
            ("trusted_proxy_header", "X-Real-IP"),
            ("keep_alive_seconds", "0"),
            ("public_base_url", "https://me:hidden@users.example.org"),
            ("public_base_url", "ftp://users.example.org"),
            ("cors_origins", "users.example.org"),
            ("encryption_key", ""),
            ("access_token_seconds", "901"),
            ("password_min_length", "7"),
            ("limit_per_user", "many per minute"),
            ("limit_per_user", "0 per minute"),
            ("login_attempts", "0"),
            ("log_level", "LOUD"),
            ("registration_enabled", "perhaps"),
        ],
    )
    def test_an_error_names_the_setting_and_not_its_value(self, name, value):
        message = api_error(**{name: value})

        assert message.startswith(f"{name.upper()}: ")
        assert "\n" not in message
        assert not value or value not in message

    def test_all_errors_are_reported_at_once(self):
        message = api_error(port="x", log_level="y", debug="z")

        assert [part.partition(":")[0] for part in message.split("; ")] == [
            "DEBUG",
            "PORT",
            "LOG_LEVEL",
        ]

    @pytest.mark.parametrize("name", ["session_seconds", "session_idle_seconds", "step_up_seconds"])
    def test_a_duration_does_not_overflow_timestamps(self, name):
        assert api_error(**{name: 10**12}).startswith(f"{name.upper()}: ")

    def test_a_missing_setting_is_named(self):
        with pytest.raises(ConfigError, match=r"^DATABASE_URL: required, or --instance [^;]+$"):
            load()

    def test_no_secret_shows_when_settings_are_printed(self):
        loaded = load({**PRODUCTION, "redis_url": "redis://:hidden@redis/0"})

        assert STRONG not in repr(loaded)
        assert "hidden" not in repr(loaded)
        assert "rollbook@database" not in str(loaded)


class TestDefaults:
    def test_there_is_one_worker_without_redis_and_one_per_core_with_it(self, monkeypatch):
        monkeypatch.setattr("os.sched_getaffinity", lambda _process: set(range(6)))

        assert load(PRODUCTION).workers == 1
        assert load({**PRODUCTION, "redis_url": "redis://redis/0"}).workers == 6

    def test_only_the_public_host_is_allowed_in_production(self):
        assert load(PRODUCTION).allowed_hosts == ("users.example.org",)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
    @pytest.mark.parametrize("environment", ["production", "development"])
    def test_case_N_06_a_service_for_this_machine_has_all_its_names(self, host, environment):
        own = {**PRODUCTION, "environment": environment, "public_base_url": f"http://{host}:8000"}

        assert set(load(own).allowed_hosts) == {"127.0.0.1", "localhost", "[::1]"}

    def test_local_hosts_are_allowed_in_development(self):
        loaded = load({**DEVELOPMENT, "public_base_url": "http://[::1]:8000"})

        assert loaded.allowed_hosts == ("[::1]", "localhost", "127.0.0.1")

    def test_the_base_url_follows_the_port_in_development(self):
        given = without("public_base_url", DEVELOPMENT)

        loaded = load({**given, "port": 9000})

        assert loaded.public_base_url == loaded.jwt_issuer == "http://127.0.0.1:9000"

    def test_the_testing_profile_is_cheap_and_lenient(self):
        loaded = load(
            {**PRODUCTION, "testing": True, "environment": "testing", "encryption_key": "x"}
        )

        assert (loaded.argon2_memory_kib, loaded.argon2_time_cost) == (8, 1)
        assert (loaded.password_min_length, loaded.password_blocklist) == (8, False)
        assert loaded.limits_enabled is False

    def test_the_other_profiles_are_strict(self):
        loaded = load(PRODUCTION)

        assert (loaded.argon2_memory_kib, loaded.argon2_time_cost) == (19_456, 2)
        assert (loaded.password_min_length, loaded.password_blocklist) == (12, True)
        assert loaded.limits_enabled is True
        assert loaded.production


def test_settings_are_those_of_the_current_application(app):
    with app.app_context():
        assert current_settings().testing


def test_flask_gets_its_settings(monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    app = Flask("somewhere")

    init_app(app, load({**PRODUCTION, "max_body_bytes": 10}))

    assert app.config["MAX_CONTENT_LENGTH"] == 10
    assert not app.debug


def test_the_page_about_settings_is_up_to_date():
    file = Path(config.__file__).parents[2] / "docs" / "configuration.md"

    assert file.read_text("utf-8") == render_page(), "run `rollbook config docs`"


def test_the_page_lists_every_setting():
    text = render_page()

    assert all(f"| `{name.upper()}`" in text for name in Settings.model_fields)
