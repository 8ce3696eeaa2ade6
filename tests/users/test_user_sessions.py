"""Listing and ending the sessions of other users."""

import pytest

from api.core.secrets import new_id


@pytest.fixture
def ada(person):
    return person("Ada")


@pytest.fixture
def clerk(person, administrator):
    """A user who manages sessions and is not an administrator."""
    role = {"name": "clerk", "description": "", "permissions": ["sessions:read", "sessions:write"]}
    administrator.post("/api/roles", role)
    return person("Clerk", role="clerk")


def path_of(person):
    return f"/api/users/{person.id}/sessions"


def test_S_08_a_clerk_lists_the_sessions_of_a_user(clerk, ada):
    [session] = clerk.get(path_of(ada)).json["items"]

    assert (session["id"], session["current"]) == (ada.session_id, False)


def test_S_08_a_clerk_ends_one_session_or_all_sessions_of_a_user(
    clerk, ada, local_service, recorded
):
    grace = local_service.logged_in(local_service.save("Grace"))
    clerk.delete(f"{path_of(ada)}/{ada.session_id}")
    clerk.delete(path_of(grace))

    for person in (ada, grace):
        person.get("/api/me", expecting=401)
    assert recorded()[-2:] == ["session.ended", "sessions.ended"]


def test_a_user_lists_and_ends_their_own_session_at_the_same_path(ada):
    assert ada.get(path_of(ada)).json["items"][0]["current"]

    ada.delete(f"{path_of(ada)}/{ada.session_id}")
    ada.get("/api/me", expecting=401)


def test_A_07_a_clerk_cannot_end_sessions_of_a_user_with_more_permissions(clerk, administrator):
    for path in (path_of(administrator), f"{path_of(administrator)}/{administrator.session_id}"):
        assert clerk.delete(path, expecting=403).json["permission"] == "api_keys:read"
    administrator.get("/api/me")


def test_a_session_of_another_user_is_not_found(clerk, ada):
    problem = clerk.delete(f"{path_of(ada)}/{clerk.session_id}", expecting=404)

    assert problem.json["error"] == "session_not_found"


def test_an_unknown_user_is_not_found(clerk):
    for method in ("GET", "DELETE"):
        rejected = clerk.ask(method, f"/api/users/{new_id()}/sessions", expecting=404)
        assert rejected.json["error"] == "user_not_found"
