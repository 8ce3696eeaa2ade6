"""What administrators can do about the sessions of others."""

import pytest

from api.core.secrets import new_id


@pytest.fixture
def ada(person):
    return person("Ada")


@pytest.fixture
def clerk(person, administrator):
    """Somebody who minds sessions, and is no administrator."""
    role = {"name": "clerk", "description": "", "permissions": ["sessions:read", "sessions:write"]}
    administrator.post("/api/roles", role)
    return person("Clerk", role="clerk")


def theirs(person):
    return f"/api/users/{person.id}/sessions"


def test_S_08_they_see_where_somebody_is_logged_in(clerk, ada):
    [shown] = clerk.get(theirs(ada)).json["items"]

    assert (shown["id"], shown["current"]) == (ada.session_id, False)


def test_S_08_they_end_one_session_or_all(clerk, ada, local_service, recorded):
    again = local_service.logged_in(local_service.save("Grace"))
    clerk.delete(f"{theirs(ada)}/{ada.session_id}")
    clerk.delete(theirs(again))

    for person in (ada, again):
        person.get("/api/me", expecting=401)
    assert recorded()[-2:] == ["session.ended", "sessions.ended"]


def test_ones_own_can_be_seen_and_ended_there_too(ada):
    assert ada.get(theirs(ada)).json["items"][0]["current"]

    ada.delete(f"{theirs(ada)}/{ada.session_id}")
    ada.get("/api/me", expecting=401)


def test_A_07_nobody_ends_those_of_who_may_do_more(clerk, administrator):
    for path in (theirs(administrator), f"{theirs(administrator)}/{administrator.session_id}"):
        assert clerk.delete(path, expecting=403).json["permission"] == "audit:read"
    administrator.get("/api/me")


def test_a_session_of_somebody_else_is_not_among_them(clerk, ada):
    missing = clerk.delete(f"{theirs(ada)}/{clerk.session_id}", expecting=404)

    assert missing.json["error"] == "session_not_found"


def test_nobody_is_not_found(clerk):
    for method in ("GET", "DELETE"):
        rejected = clerk.ask(method, f"/api/users/{new_id()}/sessions", expecting=404)
        assert rejected.json["error"] == "user_not_found"
