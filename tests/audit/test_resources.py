"""The HTTP side of the audit log: statuses, headers, shapes and permissions."""

import pytest

UNKNOWN_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
AUDIT_EVENTS = "/api/audit-events"
MEMBERS = {
    "id", "at", "action", "actor_id", "actor_kind", "credential_id", "subject_id", "request_id",
    "address", "details",
}  # fmt: skip


@pytest.fixture
def list_events(administrator):
    """Return a function that lists the audit events for a query, newest first."""
    return lambda query="": administrator.get(f"{AUDIT_EVENTS}{query}").json["items"]


def test_an_event_has_actor_subject_time_and_client_ip_address(administrator, person, list_events):
    ada = person("Ada")
    headers = {"X-Request-Id": "of-the-suspension"}
    administrator.patch(f"/api/users/{ada.id}", {"status": "suspended"}, headers=headers)

    [event] = list_events("?request_id=of-the-suspension")

    assert event.keys() == MEMBERS
    assert event["action"] == "user.suspended"
    assert event["details"] == {"reason": None, "sessions_ended": 1}
    assert (event["actor_id"], event["subject_id"]) == (administrator.id, ada.id)
    assert event["actor_kind"] == "user"
    assert event["address"] == "127.0.0.1"
    assert event["at"].endswith("Z")
    assert administrator.get(f"{AUDIT_EVENTS}/{event['id']}").json == event


def test_O_03_the_events_of_a_session_are_found_by_its_id(administrator, person, list_events):
    ada = person("Ada")
    [session] = administrator.get("/api/me/sessions").json["items"]
    administrator.patch(f"/api/users/{ada.id}", {"display_name": "Ada L."})
    ada.patch("/api/me", {"display_name": "Ada"})

    [event] = list_events(f"?credential={session['id']}&action=user.updated")

    assert (event["credential_id"], event["actor_id"]) == (session["id"], administrator.id)


def test_the_link_to_the_next_page_has_the_filters(administrator, person):
    grace = person("Grace")
    for name in ("one", "two", "three"):
        administrator.patch(f"/api/users/{grace.id}", {"display_name": name})

    first = administrator.get(f"{AUDIT_EVENTS}?limit=2&subject={grace.id}")
    path = first.headers["Link"].split(";")[0].strip("<>")
    second = administrator.get(path)

    assert f"subject={grace.id}" in path
    assert [len(page.json["items"]) for page in (first, second)] == [2, 1]
    assert (second.json["next"], "Link" in second.headers) == (None, False)


@pytest.mark.parametrize(
    ("query", "pointer", "rule"),
    [
        ("limit=101", "limit", "maximum"),
        ("sort=event", "sort", "enum"),
        ("sort=at&sort=-at", "sort", "repeated"),
        ("cursor=abc", "cursor", "cursor"),
        ("actor=ada", "actor", "format"),
        ("subject=7", "subject", "format"),
        ("credential=7", "credential", "format"),
        ("action=user.praised", "action", "enum"),
        ("event=user.updated", "event", "additional_properties"),
        ("after=yesterday", "after", "format"),
        ("before=2026-01-01", "before", "format"),
        ("request_id=%00", "request_id", "pattern"),
        (f"request_id={'x' * 129}", "request_id", "max_length"),
    ],
)
def test_H_07_a_query_that_breaks_a_rule_is_rejected(administrator, query, pointer, rule):
    problem = administrator.get(f"{AUDIT_EVENTS}?{query}", expecting=422).json

    assert (problem["errors"][0]["pointer"], problem["errors"][0]["rule"]) == (pointer, rule)


def test_an_unknown_event_is_not_found(administrator):
    problem = administrator.get(f"{AUDIT_EVENTS}/{UNKNOWN_ID}", expecting=404).json

    assert problem["error"] == "audit_event_not_found"


@pytest.mark.parametrize("path", [AUDIT_EVENTS, f"{AUDIT_EVENTS}/{UNKNOWN_ID}"])
def test_A_03_reading_requires_the_permission(person, path):
    problem = person("Ada").get(path, expecting=403).json

    assert (problem["error"], problem["permission"]) == ("permission_denied", "audit:read")


@pytest.mark.parametrize("path", [AUDIT_EVENTS, f"{AUDIT_EVENTS}/{UNKNOWN_ID}"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_O_04_no_method_changes_the_log(administrator, method, path):
    administrator.ask(method, path, json={}, expecting=405)


@pytest.mark.parametrize(
    ("method", "body", "permission"),
    [
        ("GET", None, "users:read"),
        ("PATCH", {"status": "suspended"}, "users:write"),
        ("DELETE", None, "users:write"),
    ],
)
def test_A_03_a_denial_is_recorded(person, list_events, method, body, permission):
    ada = person("Ada")

    ada.ask(method, f"/api/users/{UNKNOWN_ID}", json=body, expecting=403)

    [event] = list_events("?action=access.denied")
    assert (event["actor_id"], event["subject_id"]) == (ada.id, None)
    assert event["details"] == {
        "permission": permission,
        "method": method,
        "route": "/api/users/<uuid:user_id>",
    }


def test_A_03_a_denied_request_changes_nothing(person, recorded):
    ada, grace = person("Ada"), person("Grace")

    ada.delete(f"/api/users/{grace.id}", expecting=403)

    assert recorded() == ["access.denied"]
    grace.get("/api/me")
