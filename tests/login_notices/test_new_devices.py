"""Mails about logins: who gets one, when, and what the link does."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select, update

from api.core import clock, request_context
from api.core.database import autocommit, db, transaction
from api.core.request_context import RequestContext
from api.core.runtime import EXTENSION
from api.login_notices import known_devices
from api.login_notices.known_devices import Familiarity
from api.login_notices.models import KnownDevice
from api.outbox import service as outbox
from api.outbox.models import OutboxMessage, State
from api.users.models import Status, User
from tests.support import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
SAFARI = "Mozilla/5.0 (iPhone) AppleWebKit/605.1 Version/17.5 Mobile Safari/604.1"
HOME, OFFICE = "192.0.2.7", "198.51.100.7"
WRONG = "the password of another user"


@pytest.fixture
def service(build):
    return build(limits_enabled=True, limit_login_per_address="1000 per minute")


@pytest.fixture
def log_in(service):
    """Return a function that logs in with a browser, and returns the response."""

    def send(password=PASSWORD, *, name="ada", agent=FIREFOX, address=HOME, token=None):
        body = {"username": name, "password": password}
        return service.test_client().post(
            "/api/login",
            json=body | ({"device_token": token} if token else {}),
            headers={"User-Agent": agent},
            environ_overrides={"REMOTE_ADDR": address},
        )

    return send


@pytest.fixture
def ada(user):
    return user("Ada")


@pytest.fixture
def read_mails(app):
    """Return a function that returns the stored mails with this name."""

    def read(name):
        with app.app_context(), transaction():
            rows = select(OutboxMessage).filter_by(name=name, state=State.PENDING)
            messages = db.session.scalars(rows.order_by(OutboxMessage.id)).all()
            return [outbox.read_content(message) for message in messages if message.content]

    return read


def pass_time(monkeypatch, **time):
    later = clock.now() + timedelta(**time)
    monkeypatch.setattr(clock, "now", lambda: later)


@pytest.mark.usefixtures("ada")
class TestNewDevices:
    def test_the_first_login_is_not_reported(self, log_in, read_mails):
        log_in()

        assert read_mails("new_device") == []

    def test_another_login_from_the_same_device_and_network_is_not_reported(
        self, log_in, read_mails
    ):
        log_in()
        log_in(address="192.0.2.200", agent=FIREFOX.replace("130", "131"))

        assert read_mails("new_device") == []

    @pytest.mark.parametrize(
        ("other", "device", "address"),
        [
            ({"agent": SAFARI}, "Safari on iPhone", HOME),
            ({"address": OFFICE}, "Firefox on Linux", OFFICE),
        ],
        ids=["device", "network"],
    )
    def test_a_login_from_a_new_device_or_network_is_reported_once(
        self, log_in, read_mails, other, device, address
    ):
        log_in()
        log_in(**other)
        log_in(**other)

        [mail] = read_mails("new_device")
        assert mail["to"] == "ada@example.org"
        assert (mail["values"]["device"], mail["values"]["address"]) == (device, address)

    def test_a_device_with_a_valid_token_is_not_new(self, log_in, read_mails):
        token = log_in().json["device_token"]
        log_in(token=token, address=OFFICE)
        log_in(address=OFFICE)

        assert read_mails("new_device") == []

    def test_a_failed_login_is_not_reported(self, log_in, read_mails):
        log_in()
        log_in(WRONG, agent=SAFARI)

        assert read_mails("new_device") == []

    @pytest.mark.parametrize(
        "changes",
        [{"new_device_notice": False}, {"environment": "production"}],
        ids=["turned off", "without a mail server"],
    )
    def test_nothing_is_stored_where_no_mail_is_sent(self, service, log_in, changes):
        runtime = service.extensions[EXTENSION]
        settings = runtime.settings.model_copy(update=changes)
        service.extensions[EXTENSION] = replace(runtime, settings=settings)
        for agent in (FIREFOX, SAFARI):
            assert log_in(agent=agent).status_code == 200

        tables = (KnownDevice, OutboxMessage)
        with service.app_context(), autocommit() as connection:
            counts = [connection.scalar(select(func.count()).select_from(it)) for it in tables]
        assert counts == [0, 0]

    def test_the_audit_log_records_that_the_device_is_new(self, log_in, anyone, person):
        log_in()
        log_in(agent=SAFARI)

        found = person("Root", role="admin").get("/api/audit-events?action=login.succeeded").json
        details = [row["details"].get("new_device") for row in found["items"]]
        assert details == [True, None]


class TestKnownDevices:
    @pytest.fixture(autouse=True)
    def request_of_firefox(self, context):
        self.use(FIREFOX)
        yield
        request_context.clear_current_request()

    @staticmethod
    def use(agent, address=HOME):
        request_context.set_current_request(
            RequestContext(client_address=address, user_agent=agent)
        )

    @staticmethod
    def count():
        return db.session.scalar(select(func.count()).select_from(KnownDevice))

    def test_the_newest_device_of_each_user_is_kept(self, user, monkeypatch):
        users = [user("Ada"), user("Grace")]
        with transaction():
            for each in users:
                assert known_devices.record_login(each.id) is Familiarity.FIRST
        pass_time(monkeypatch, days=91)
        self.use(SAFARI)
        with transaction():
            assert known_devices.record_login(users[0].id) is Familiarity.NEW

        with transaction():
            assert known_devices.purge() == 1
            assert known_devices.purge() == 0
            assert self.count() == 2

    def test_a_device_is_new_again_after_90_days(self, user, monkeypatch):
        ada = user("Ada")
        for agent in (FIREFOX, SAFARI):
            self.use(agent)
            with transaction():
                known_devices.record_login(ada.id)
        pass_time(monkeypatch, days=91)
        with transaction():
            known_devices.record_login(ada.id)
            known_devices.purge()
        self.use(FIREFOX)

        with transaction():
            assert known_devices.record_login(ada.id) is Familiarity.NEW

    def test_a_user_has_a_limited_number_of_devices(self, user, monkeypatch):
        monkeypatch.setattr(known_devices, "MAX_DEVICES_PER_USER", 3)
        ada = user("Ada")
        for number in range(5):
            pass_time(monkeypatch, minutes=number)
            self.use(f"client{number}")
            with transaction():
                known_devices.record_login(ada.id)

        assert self.count() == 3
        with transaction():
            assert known_devices.record_login(ada.id) is Familiarity.KNOWN


class TestLinks:
    @pytest.fixture
    def logins(self, log_in, ada):
        return log_in(), log_in(agent=SAFARI)

    @pytest.fixture
    def token(self, logins, read_mails):
        link = urlsplit(read_mails("new_device")[0]["values"]["link"])
        assert link.path == "/account/end-session"
        return parse_qs(link.query)["token"][0]

    def end(self, anyone, token, expecting=204):
        return anyone.post("/api/sessions/end", {"token": token}, expecting=expecting)

    def get_statuses(self, service, logins):
        headers = [{"Authorization": f"Bearer {login.json['access_token']}"} for login in logins]
        return [service.test_client().get("/api/me", headers=it).status_code for it in headers]

    def test_the_link_ends_the_session_of_that_login_at_once(self, anyone, service, logins, token):
        self.end(anyone, token)

        assert self.get_statuses(service, logins) == [200, 401]
        body = {"refresh_token": logins[1].json["refresh_token"]}
        assert anyone.post("/api/refresh", body, expecting=401)

    def test_the_link_works_once(self, anyone, token):
        self.end(anyone, token)

        assert self.end(anyone, token, expecting=400).json["error"] == "invalid_one_time_token"

    def test_the_link_expires(self, anyone, service, logins, token, monkeypatch):
        pass_time(monkeypatch, days=7, seconds=1)

        self.end(anyone, token, expecting=400)

    def test_the_link_works_after_the_session_has_ended(self, anyone, logins, token):
        anyone.token = logins[1].json["access_token"]
        anyone.post("/api/logout", expecting=204)
        anyone.token = None

        self.end(anyone, token)

    def test_an_unknown_token_ends_nothing(self, anyone, service, logins, token):
        self.end(anyone, token[:-1] + "~", expecting=400)

        assert self.get_statuses(service, logins) == [200, 200]


class TestPauses:
    def test_L_06_the_owner_gets_one_mail_about_the_first_pause(self, log_in, ada, read_mails):
        for number in range(6):
            for _ in range(6):
                log_in(WRONG, address=f"10.0.{number}.1")

        [mail] = read_mails("logins_paused")
        assert (mail["to"], mail["values"]) == ("ada@example.org", {"minutes": 5})

    def test_L_06_there_is_no_mail_before_the_pause(self, log_in, ada, read_mails):
        for _ in range(4):
            log_in(WRONG)

        assert read_mails("logins_paused") == []

    def test_L_06_the_next_day_has_a_mail_again(self, log_in, ada, read_mails, monkeypatch):
        for _ in range(5):
            log_in(WRONG)
        pass_time(monkeypatch, hours=25)
        for _ in range(5):
            log_in(WRONG)

        assert len(read_mails("logins_paused")) == 2

    @pytest.mark.parametrize("status", [Status.SUSPENDED, "deleted"])
    def test_L_01_an_account_that_is_not_active_gets_no_mail(
        self, app, log_in, ada, read_mails, status
    ):
        values = {"deleted_at": clock.now()} if status == "deleted" else {"status": status}
        with app.app_context(), transaction():
            db.session.execute(update(User).values(values))
        statuses = [log_in(WRONG).status_code for _ in range(6)]

        assert statuses == [401] * 5 + [429]
        assert read_mails("logins_paused") == []

    def test_L_06_a_correct_fifth_password_begins_no_pause(self, log_in, ada, read_mails):
        for _ in range(4):
            log_in(WRONG)
        log_in()

        assert read_mails("logins_paused") == []
