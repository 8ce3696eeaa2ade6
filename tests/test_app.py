"""The application as a whole, and two applications in one process."""

import pytest

import api
from api.app import CAPABILITIES, TABLES, create_app
from api.config import ConfigError
from api.core.database import db, engine_for_reads
from api.users.models import User
from tests.support import TESTING, LocalService

IN_MEMORY = {**TESTING, "SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"}
PHRASE = "walnut gazebo fjord of the north"
ADA = {"username": "ada", "email": "ada@example.org", "password": "correct horse battery"}


@pytest.fixture
def make():
    """Create an application with its own database in memory."""

    def make_app(**settings):
        app = create_app({**IN_MEMORY, **settings})
        with app.app_context():
            db.create_all()
        return app

    return make_app


def test_the_package_exports_the_names_of_the_tutorial():
    assert (api.create_app, api.db) == (create_app, db)
    with pytest.raises(AttributeError, match="nothing_else"):
        api.nothing_else  # noqa: B018


def test_a_wrong_setting_is_reported_at_once():
    with pytest.raises(ConfigError, match="NO_SUCH"):
        create_app({**IN_MEMORY, "NO_SUCH": 1})


def test_every_operation_belongs_to_a_capability(make):
    routes = {rule.rule for rule in make().url_map.iter_rules()}

    assert {"/api/register", "/api/login", "/api/users", "/api/me", "/health/live"} <= routes
    assert len({capability.ns.name for capability in CAPABILITIES}) == len(CAPABILITIES)


def test_every_table_is_listed(make):
    with make().app_context():
        assert len(db.metadata.tables) == len(TABLES)


def test_a_database_in_memory_uses_one_connection(make):
    app = make()
    client = app.test_client()

    client.post("/api/register", json=ADA)
    credentials = {"username": "ada", "password": ADA["password"]}
    token = client.post("/api/login", json=credentials).json["access_token"]

    me = client.get("/api/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json["username"] == "ada"
    with app.app_context():
        assert engine_for_reads() is None


def test_two_applications_have_separate_databases(make):
    one, other = make(), make()
    one.test_client().post("/api/register", json=ADA)

    with one.app_context():
        assert User.query.count() == 1
    with other.app_context():
        assert User.query.count() == 0


def test_a_token_of_another_application_is_rejected(make):
    one, other = make(), make(JWT_SECRET_KEY="another secret, which is as long as the first")
    one.test_client().post("/api/register", json=ADA)
    other.test_client().post("/api/register", json=ADA)
    credentials = {"username": "ada", "password": ADA["password"]}
    token = one.test_client().post("/api/login", json=credentials).json["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    assert one.test_client().get("/api/protected", headers=headers).status_code == 200
    assert other.test_client().get("/api/protected", headers=headers).status_code == 401


@pytest.mark.parametrize(("public", "status"), [(True, 200), (False, 404)])
def test_O_05_metrics_are_public_only_with_the_setting(make, public, status):
    assert make(METRICS_PUBLIC=public).test_client().get("/metrics").status_code == status


@pytest.mark.parametrize(
    ("url", "secure"), [("https://rollbook.example", True), ("http://127.0.0.1:8000", False)]
)
def test_E_04_hsts_is_sent_only_with_an_https_url(make, url, secure):
    client = make(PUBLIC_BASE_URL=url, ALLOWED_HOSTS=["localhost"]).test_client()

    assert ("Strict-Transport-Security" in client.get("/health/live").headers) is secure


@pytest.mark.parametrize("path", ["/api/login", "/api/register", "/api/me/password"])
def test_H_09_bodies_with_credentials_have_a_smaller_limit(make, path):
    client = make().test_client()

    maximum = client.post(path, data=b"x" * 4096).status_code
    above = client.post(path, data=b"x" * 4097).status_code

    assert maximum != 413
    assert above == 413


def test_H_09_other_bodies_have_the_configured_limit(make):
    client = make(MAX_BODY_BYTES=10_000).test_client()

    assert client.post("/api/users", data=b"x" * 10_000).status_code != 413
    assert client.post("/api/users", data=b"x" * 10_001).status_code == 413


def test_a_log_file_that_cannot_be_written_names_the_setting(tmp_path):
    with pytest.raises(ConfigError, match="LOG_FILE: cannot be written: No such file"):
        create_app(
            {**TESTING, "DATABASE_URL": "sqlite://", "LOG_FILE": tmp_path / "missing" / "log"}
        )


def test_two_applications_in_one_process_do_not_disturb_each_other(make):
    """Cursors, passwords and tokens follow the settings of their own application."""
    short = make(JWT_SECRET_KEY="the secret of the first application", PASSWORD_MIN_LENGTH=8)
    long = make(JWT_SECRET_KEY="the secret of the second application", PASSWORD_MIN_LENGTH=20)
    people = [LocalService(app).person("Root", role="admin") for app in (short, long)]
    for person in people:
        for name in ("ada", "grace"):
            body = {"username": name, "email": f"{name}@example.org", "password": PHRASE}
            person.post("/api/users", body)
    pages = [person.get("/api/users?limit=1").json for person in people]

    for person, page in zip(people, pages, strict=True):
        assert person.get(f"/api/users?limit=1&cursor={page['next']}").json["items"]
    people[0].get(f"/api/users?limit=1&cursor={pages[1]['next']}", expecting=422)
    assert people[0].client.get("/api/me", headers=people[1].headers).status_code == 401
    newcomer = {"username": "hedy", "email": "hedy@example.org", "password": "walnut 7 fjord"}
    people[0].post("/api/register", newcomer)
    people[1].post("/api/register", newcomer, expecting=422)
