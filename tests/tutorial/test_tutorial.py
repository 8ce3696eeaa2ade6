"""The suite of the tutorial this service grew out of: only the imports are ours.

An app context is held open for each test, as the tutorial has it.
"""

import pytest

from api import create_app, db
from api.models import User


@pytest.fixture
def app():
    app = create_app(
        test_config={
            "SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:",
            "TESTING": True,
            "JWT_SECRET_KEY": "test-secret-key",
        }
    )
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.drop_all()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def registered(app):
    user = User(username="testuser", email="test@example.com")
    user.set_password("password")
    db.session.add(user)
    db.session.commit()
    return user


def log_in(client, password):
    credentials = {"username": "testuser", "email": "test@example.com", "password": password}
    return client.post("/api/login", json=credentials)


def test_a_password_is_hashed(app):
    user = User(username="testuser", email="test@example.com")
    user.set_password("password")

    assert user.check_password("password")
    assert not user.check_password("wrong")
    assert user.password_hash != "password"


def test_register(client):
    body = {"username": "testuser", "email": "test@example.com", "password": "password"}

    response = client.post("/api/register", json=body)

    assert response.status_code == 201
    assert response.json["id"]
    assert response.json["username"] == "testuser"
    assert response.json["email"] == "test@example.com"
    assert User.query.filter_by(username="testuser").first().email == "test@example.com"


def test_login(client, registered):
    response = log_in(client, "password")

    assert response.status_code == 200
    assert "access_token" in response.json


def test_login_with_a_wrong_password(client, registered):
    response = log_in(client, "wrongpassword")

    assert response.status_code == 401
    assert "error" in response.json


def test_protected(client, registered):
    token = log_in(client, "password").json["access_token"]

    response = client.get("/api/protected", headers={"Authorization": f"Bearer {token}"})

    assert response.status_code == 200
    assert "message" in response.json


def test_protected_without_a_token(client):
    assert client.get("/api/protected").status_code == 401
