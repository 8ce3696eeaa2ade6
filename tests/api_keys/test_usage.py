"""Where and when a key was used, and the mails about that."""

from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from api.api_keys import known_networks, usage
from api.api_keys.models import ApiKey, ApiKeyNetwork
from api.core import clock
from api.core.database import db, transaction
from tests.api_keys.support import as_program, save_key, save_service_account

HOME = {"REMOTE_ADDR": "127.0.0.1"}
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}
NEARBY = {"REMOTE_ADDR": "192.0.2.200"}
ABROAD = {"REMOTE_ADDR": "2001:db8:1:2::7"}
CREATED, NEW_NETWORK = "api_key_created", "api_key_new_network"


@pytest.fixture
def made(create):
    return create()


@pytest.fixture
def program(client, made):
    return as_program(client, made["key"])


@pytest.fixture
def read_use(ada, made):
    """Return a function that returns the last use of the key."""

    def read():
        key = ada.get(f"/api/me/api-keys/{made['id']}").json
        return key["last_used_at"], key["last_used_address"]

    return read


@pytest.fixture
def age_use(app):
    """Return a function that lets the last uses be two minutes ago."""

    def age():
        with app.app_context(), transaction():
            long_ago = clock.now() - timedelta(minutes=2)
            db.session.execute(update(ApiKey).values(last_used_at=long_ago))

    return age


def count_networks(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(ApiKeyNetwork))


class TestLastUse:
    def test_the_last_use_is_shown(self, program, read_use):
        assert read_use() == (None, None)

        program.get("/api/me", environ_base=ELSEWHERE)

        used_at, address = read_use()
        assert used_at is not None
        assert address == "192.0.2.7"

    def test_it_is_written_once_a_minute(self, program, read_use, age_use):
        program.get("/api/me", environ_base=ELSEWHERE)
        program.get("/api/me", environ_base=NEARBY)
        assert read_use()[1] == "192.0.2.7"

        age_use()
        program.get("/api/me", environ_base=NEARBY)

        assert read_use()[1] == "192.0.2.200"

    def test_a_request_that_fails_is_a_use(self, program, read_use):
        program.post("/api/users", {}, expecting=403)

        assert read_use()[0] is not None

    def test_a_use_from_a_forbidden_network_is_none(self, client, create, ada):
        made = create(allowed_networks=["10.0.0.0/8"])

        as_program(client, made["key"]).get("/api/me", expecting=401)

        assert ada.get(f"/api/me/api-keys/{made['id']}").json["last_used_at"] is None

    def test_a_request_does_not_fail_if_the_use_cannot_be_written(
        self, build, made, monkeypatch, capsys
    ):
        program = as_program(build().test_client(), made["key"])
        broken = usage.Query(
            update(ApiKey).values(last_used_at=func.nothing()).returning(ApiKey.id), UUID
        )
        monkeypatch.setattr(usage, "record_last_use", broken)

        for _ in range(2):
            program.get("/api/me", environ_base=ELSEWHERE)

        assert capsys.readouterr().out.count('"api_keys.use_not_recorded"') == 1


class TestNetworks:
    def test_the_first_use_from_a_network_is_reported(self, program, ada, mails, recorded, made):
        program.get("/api/me", environ_base=ELSEWHERE)

        [mail] = mails(NEW_NETWORK)
        assert (mail.to, mail.values["address"]) == (ada.email, "192.0.2.7")
        assert mail.values["hint"] == made["hint"]
        assert recorded().count("api_key.network_new") == 1
        [event] = [
            event
            for event in ada.get("/api/audit-events").json["items"]
            if event["action"] == "api_key.network_new"
        ]
        assert (event["actor_id"], event["subject_id"]) == (ada.id, ada.id)
        assert event["details"] == {"api_key": made["id"]}

    def test_a_known_network_is_not_reported(self, app, client, made, recorded):
        for _ in range(2):
            program = as_program(app.test_client(), made["key"])
            program.get("/api/me", environ_base=ELSEWHERE)
            program.get("/api/me", environ_base=NEARBY)

        assert recorded().count("api_key.network_new") == 1

    def test_another_process_knows_the_network_too(self, build, program, made, recorded):
        program.get("/api/me", environ_base=ELSEWHERE)
        other = as_program(build().test_client(), made["key"])

        other.get("/api/me", environ_base=ELSEWHERE)

        assert recorded().count("api_key.network_new") == 1

    def test_the_network_of_the_creation_is_known(self, program, mails, recorded):
        program.get("/api/me", environ_base=HOME)

        assert mails(NEW_NETWORK) == []
        assert "api_key.network_new" not in recorded()

    def test_networks_of_ipv6_have_48_bits(self, app, program):
        program.get("/api/me", environ_base=ABROAD)

        with app.app_context():
            networks = db.session.scalars(select(ApiKeyNetwork.network)).all()
        assert set(networks) == {"127.0.0.0/24", "2001:db8:1::/48"}

    def test_a_successor_knows_the_networks(self, client, ada, program, made, recorded):
        program.get("/api/me", environ_base=ELSEWHERE)
        new = ada.post(f"/api/me/api-keys/{made['id']}/rotate", {}).json

        as_program(client, new["key"]).get("/api/me", environ_base=ELSEWHERE)

        assert recorded().count("api_key.network_new") == 1

    def test_a_key_without_usual_networks_is_not_reported(
        self, app, program, monkeypatch, recorded
    ):
        monkeypatch.setattr(known_networks, "MAX_NETWORKS_PER_KEY", 3)
        for number in range(5):
            program.get("/api/me", environ_base={"REMOTE_ADDR": f"192.0.{number}.7"})

        assert recorded().count("api_key.network_new") == 2
        assert count_networks(app) == 3

    def test_some_of_the_mails_are_sent_if_there_are_many(self, build, made, mails, recorded):
        limited = as_program(build(LIMITS_ENABLED=True).test_client(), made["key"])
        for number in range(3):
            limited.get("/api/me", environ_base={"REMOTE_ADDR": f"192.0.{number}.7"})

        assert len(mails(NEW_NETWORK)) == 1
        assert recorded().count("api_key.network_new") == 3

    def test_the_creator_of_a_key_of_a_service_account_gets_the_mail(self, app, client, ada, mails):
        account_id = save_service_account(app, "Billing robot")
        for created_by in (UUID(ada.id), None):
            _, key = save_key(app, service_account_id=account_id, created_by=created_by)
            as_program(client, key).get("/api/protected", environ_base=ELSEWHERE)

        [mail] = mails(NEW_NETWORK)
        assert (mail.to, mail.values["service_account"]) == (ada.email, "Billing robot")

    def test_a_creator_who_may_not_read_the_account_gets_no_mail(self, app, client, person, mails):
        grace, account_id = person("Grace"), save_service_account(app)
        _, key = save_key(app, service_account_id=account_id, created_by=UUID(grace.id))
        as_program(client, key).get("/api/protected", environ_base=ELSEWHERE)

        assert mails(NEW_NETWORK) == []


class TestNewKeys:
    def test_the_owner_gets_a_mail_about_a_new_key(self, create, ada, mails):
        made = create(name="Nightly report")

        [mail] = mails(CREATED)
        assert mail.to == ada.email
        assert mail.values["hint"] == made["hint"]
        assert mail.values["key_name"] == "Nightly report"
        assert made["key"] not in str(mail)

    def test_N_04_many_new_keys_cause_few_mails_and_the_first_is_among_them(
        self, build, ada, mails, recorded
    ):
        ada.client = build(LIMITS_ENABLED=True).test_client()
        body = {"name": "Nightly report", "scopes": []}
        hints = [ada.post("/api/me/api-keys", body).json["hint"] for _ in range(8)]

        assert [mail.values["hint"] for mail in mails(CREATED)] == hints[:5]
        assert recorded().count("api_key.created") == 8

    def test_the_owner_gets_a_mail_about_a_rotated_key(self, made, ada, mails):
        new = ada.post(f"/api/me/api-keys/{made['id']}/rotate", {}).json

        assert [mail.values["hint"] for mail in mails(CREATED)] == [made["hint"], new["hint"]]


class TestReadOnlyDatabase:
    """A standby answers reads; nothing can be recorded there."""

    @pytest.fixture
    def standby(self, build, database_url):
        if not database_url.startswith("postgresql"):
            pytest.skip("SQLite has no standby")
        options = quote("-c default_transaction_read_only=on")
        separator = "&" if "?" in database_url else "?"
        return build(SQLALCHEMY_DATABASE_URI=f"{database_url}{separator}options={options}")

    def test_a_request_succeeds_although_its_use_cannot_be_recorded(self, standby, made, capsys):
        program = as_program(standby.test_client(), made["key"])

        for _ in range(3):
            program.get("/api/me", environ_base=ELSEWHERE)

        assert capsys.readouterr().out.count('"api_keys.use_not_recorded"') == 1
