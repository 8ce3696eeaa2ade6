"""URLs and texts of settings: what cannot work is rejected at start (B-36, B-42)."""

from dataclasses import astuple

import pytest
from sqlalchemy import make_url

from api.config import list_misspelt, load
from api.config.mail_servers import parse_mail_from, parse_mail_url
from tests.settings import PRODUCTION, STRONG, api_error, forget, without


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    forget(monkeypatch)


def load_database(url: str) -> str:
    return load({**PRODUCTION, "database_url": url}).database_url


class TestText:
    @pytest.mark.parametrize("end", ["\r", "\n", "\r\n", " ", "\t"])
    @pytest.mark.parametrize("name", ["PUBLIC_BASE_URL", "ENCRYPTION_KEY", "JWT_ISSUER", "PORT"])
    def test_B_36_a_variable_is_trimmed_like_a_file(self, monkeypatch, name, end):
        given = {"PORT": "9000", "JWT_ISSUER": "https://issuer.example.org"}
        given |= {key.upper(): value for key, value in PRODUCTION.items()}
        monkeypatch.setenv(name, given[name] + end)

        loaded = load(without(name.lower()))

        assert str(getattr(loaded, name.lower())) == given[name]

    @pytest.mark.parametrize("character", ["\r", "\n", "\x00", "\u200b", "\u2028", "\udcff"])
    @pytest.mark.parametrize(
        "name", ["encryption_key", "jwt_issuer", "redis_url", "cors_origins", "log_file"]
    )
    def test_B_36_an_invisible_character_inside_is_rejected(self, name, character):
        message = api_error(**{name: f"https://a{character}b"})

        assert message.startswith(f"{name.upper()}: contains an invisible character")

    def test_B_36_a_variable_of_white_space_is_not_set(self, monkeypatch):
        monkeypatch.setenv("PORT", " \r")
        monkeypatch.setenv("ENCRYPTION_KEY_FILE", " ")

        assert load(PRODUCTION).port == 8000

    def test_B_36_a_file_may_begin_with_a_byte_order_mark(self, monkeypatch, tmp_path):
        (tmp_path / "key").write_text(f"\ufeff{STRONG}\r\n", encoding="utf-8")
        monkeypatch.setenv("ENCRYPTION_KEY_FILE", str(tmp_path / "key"))

        assert load(without("encryption_key")).encryption_key == STRONG

    @pytest.mark.parametrize("quote", ['"', "'"])
    def test_B_36_quotes_that_docker_would_keep_are_rejected(self, quote):
        message = api_error(encryption_key=f"{quote}{STRONG}{quote}")

        assert message.startswith("ENCRYPTION_KEY: has quotes around it")


class TestDatabaseUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://u:hidden@h:abc/d",
            "postgresql://u:hidden@h:99999/d",
            "postgresql://u:hidden@h:0/d",
            "postgresql://u:hidden@h:-1/d",
            "postgresql://u:hidden@h1:5432,h2:hidden/d",
            "postgresql://u:hidden@h1:5432,h2:99999/d",
            "postgresql://u:hidden@/d?host=h1:hidden&host=h2",
            "postgresql://u@h/d?hidden=1",
            "postgresql://u@h/d?prepare_threshold=1",
            "postgresql://u@h/d?sslmode=hidden",
            "postgresql://u@h/d?target_session_attrs=hidden",
            "postgresql://u@h/d?connect_timeout=hidden",
            "sqlite://hidden/file",
            "sqlite:///file?hidden=1",
            "sqlite:///file?timeout=hidden",
        ],
    )
    def test_B_42_a_url_that_cannot_work_is_rejected_without_its_parts(self, url):
        message = api_error(database_url=url)

        assert message.startswith("DATABASE_URL: ")
        assert "hidden" not in message

    def test_B_42_the_parameter_that_may_be_meant_is_named(self):
        assert "did you mean sslmode?" in api_error(database_url="postgresql://u@h/d?slmode=x")

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql:///rollbook",
            "postgresql://u:p%40ss@[::1]:5432/d?sslmode=verify-full&sslrootcert=/ca",
            "postgresql://u:a,b@h/d",
            "postgresql://u@h/d?options=-csearch_path%3Dother",
            "sqlite:///file?timeout=5",
            "sqlite:////absolute/file",
            "sqlite:///file:name?uri=true&mode=ro",
        ],
    )
    def test_B_42_a_url_that_can_work_is_accepted(self, url):
        assert load_database(url).endswith(url.partition(":")[2])

    @pytest.mark.parametrize(
        ("hosts", "host", "port"),
        [
            ("h1:5432,h2:5433", "h1,h2", "5432,5433"),
            ("h1,h2", "h1,h2", ","),  # the default port of each
            ("[::1]:5432,h2:5433", "::1,h2", "5432,5433"),
        ],
    )
    def test_B_41_several_hosts_reach_the_driver(self, hosts, host, port):
        url = make_url(load_database(f"postgresql://u:p%40,@{hosts}/d?sslmode=require"))

        _, arguments = url.get_dialect()().create_connect_args(url)

        assert (arguments["user"], arguments["password"], arguments["dbname"]) == ("u", "p@,", "d")
        assert (arguments["host"], arguments.get("port")) == (host, port)
        assert arguments["sslmode"] == "require"
        assert arguments["target_session_attrs"] == "read-write"

    def test_B_41_the_choice_of_a_server_is_kept(self):
        url = load_database("postgresql://h1,h2/d?target_session_attrs=any")

        assert make_url(url).query["target_session_attrs"] == "any"


class TestRedisUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "redis://h:hidden/0",
            "redis://h:0/0",
            "redis://h:99999/0",
            "redis://h/hidden",
            "redis://h/0?hidden=bar",
            "redis://h/0?db=hidden",
            "rediss://h/0?ssl_cert_reqs=hidden",
            "redis+sentinel://h1:26379,hidden/service",
            "redis+sentinel://h1:26379",
            "redis+sentinel://h1:26379/service?hidden=1",
            "redis+cluster://h1:6379/0",
            "redis+cluster://h1:hidden",
            "redis+memcached://hidden:1",
        ],
    )
    def test_B_42_a_url_that_cannot_work_is_rejected_without_its_parts(self, url):
        message = api_error(redis_url=url)

        assert message.startswith("REDIS_URL: ")
        assert "hidden" not in message

    @pytest.mark.parametrize(
        "url",
        [
            "redis://h",
            "redis://:p@h:6379/3?socket_timeout=1",
            "rediss://h:6380/0?ssl_cert_reqs=none",
            "redis+unix:///run/redis.sock?db=1",
            "redis+sentinel://:p@h1:26379,h2:26379/service",
            "redis+cluster://u:p@h1:6379,h2:6379",
        ],
    )
    def test_B_43_a_url_that_can_work_is_accepted(self, url):
        assert load({**PRODUCTION, "redis_url": url}).redis_url == url


class TestAddresses:
    @pytest.mark.parametrize("name", ["host", "metrics_host"])
    @pytest.mark.parametrize("value", ["0.0.0.0:8000", "roll.example.com", "http://127.0.0.1"])
    def test_B_42_what_is_no_ip_address_is_rejected(self, name, value):
        assert api_error(**{name: value}).startswith(f"{name.upper()}: give an IP address")

    @pytest.mark.parametrize(
        ("value", "address"), [("localhost", "127.0.0.1"), ("[::1]", "::1"), ("::", "::")]
    )
    def test_B_42_usual_spellings_are_accepted(self, value, address):
        assert load({**PRODUCTION, "host": value}).host == address

    @pytest.mark.parametrize("value", ["https://roll.example.com", "roll.example.com:443", "a/b"])
    def test_B_42_an_allowed_host_that_no_request_can_name_is_rejected(self, value):
        assert api_error(allowed_hosts=value).startswith("ALLOWED_HOSTS: give host names")


class TestMessages:
    @pytest.mark.parametrize(
        ("name", "value", "reason"),
        [
            ("port", "x", "has to be a whole number"),
            ("port", "-1", "has to be at least 0"),
            ("access_token_seconds", "901", "has to be at most 900"),
            ("debug", "x", "has to be true or false"),
            ("log_level", "LOUD", "has to be one of DEBUG, INFO, WARNING or ERROR"),
            (
                "limit_per_user",
                "many",
                "has to be such as 600 per hour",
            ),
            ("jwt_issuer", "", "cannot be empty"),
        ],
    )
    def test_N_12_a_reason_is_in_plain_words(self, name, value, reason):
        assert api_error(**{name: value}) == f"{name.upper()}: {reason}"

    def test_N_12_a_misspelt_setting_is_reported_with_the_one_that_may_be_meant(self, monkeypatch):
        known = ("JWT_ISSUER_FILE", "HOSTNAME", "HOME", "USERNAME")
        for name in ("LOG_LEVLE", "TRUSTED_PROXEIS", *known):
            monkeypatch.setenv(name, "hidden")

        assert list_misspelt() == [
            ("LOG_LEVLE", "LOG_LEVEL"),
            ("TRUSTED_PROXEIS", "TRUSTED_PROXIES"),
        ]


class TestMailUrl:
    @pytest.mark.parametrize(
        ("url", "server"),
        [
            ("smtp://localhost", ("smtp", "localhost", 25, None, None)),
            ("smtp://[::1]:2525", ("smtp", "::1", 2525, None, None)),
            ("smtp+starttls://u:p@h", ("smtp+starttls", "h", 587, "u", "p")),
            ("smtps://a%40b:%2F%3A%25@h/", ("smtps", "h", 465, "a@b", "/:%")),
        ],
    )
    def test_all_parts_are_read(self, url, server):
        assert astuple(parse_mail_url(url)) == server

    @pytest.mark.parametrize(
        "url",
        [
            "smtp://", "http://h", "h:25", "smtp://h:0", "smtp://h:65536", "smtp://h:s3cret",
            "smtp://s3cret@h", "smtp://u:@h", "smtp://:s3cret@h", "smtp://u:s3@cret@h",
            "smtp://u:s3/cret@h", "smtp://u:s3#cret@h", "smtp://u:s3?cret@h", "smtp://u:s3:cret@h",
            "smtp://h/path", "smtp://h?timeout=s3cret", "smtp://[::1", "smtp://1.2.3",
            "smtp://bücher.example", "smtp://h_ ost", "smtp://u:%FF@h",
        ],
    )  # fmt: skip
    def test_B_42_what_cannot_work_is_rejected_without_its_parts(self, url):
        message = api_error(mail_url=url, mail_from="a@example.org")

        assert message.startswith("MAIL_URL: ")
        assert "s3" not in message
        assert "cret" not in message

    @pytest.mark.parametrize(
        "text", ["a@b.org", "Ada <a@b.org>", '"A, B" <a@b.org>', "Ü <a@b.org>"]
    )
    def test_a_sender_can_have_a_name(self, text):
        assert parse_mail_from(text).addr_spec == "a@b.org"

    @pytest.mark.parametrize(
        "text", ["a", "a@b.org, c@d.org", "Ada a@b.org", "<a@b.org", "a@b.org>", "é@b.org"]
    )
    def test_other_senders_are_rejected(self, text):
        assert api_error(mail_from=text).startswith("MAIL_FROM: give no-reply@example.org or")

    def test_the_colour_is_hexadecimal(self):
        assert api_error(service_color="red").startswith("SERVICE_COLOR: give red, green and blue")

    def test_a_long_name_of_the_service_is_rejected(self):
        assert api_error(service_name="x" * 61) == "SERVICE_NAME: can have at most 60 characters"
