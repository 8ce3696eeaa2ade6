"""Invitations over HTTP: statuses, headers, permissions, and what responses reveal."""

import pytest

from tests.support import anonymous

PASSWORD = "a nanosecond is a foot of wire"
GRACE = "grace@example.org"
MEMBERS = {"id", "created_at", "expires_at"}  # which differ between any two invitations


def accept(client, token, expecting=201, **members):
    body = {"token": token, "password": PASSWORD, **members}
    return anonymous(client).post("/api/invitations/accept", body, expecting=expecting)


@pytest.fixture
def clerk(person, administrator):
    """A user who may invite, and may not read users."""
    permissions = ["invitations:read", "invitations:write"]
    administrator.post("/api/roles", {"name": "clerk", "permissions": permissions})
    return person("Clerk", role="clerk")


def test_a_person_accepts_an_invitation_and_logs_in(administrator, read_tokens, client, recorded):
    given = {"email": GRACE, "display_name": "Grace Hopper", "roles": ["admin"], "locale": "de"}
    created = administrator.post("/api/invitations", given)
    assert created.headers["Location"].endswith(f"/api/invitations/{created.json['id']}")
    assert created.json["state"] == "open"
    assert "token" not in created.text

    accepted = accept(client, *read_tokens(), username="grace")

    assert accepted.json["roles"] == ["admin", "user"]
    assert accepted.json["display_name"] == "Grace Hopper"
    anonymous(client).post("/api/login", {"email": GRACE, "password": PASSWORD}, expecting=200)
    listed = administrator.get("/api/invitations?state=accepted").json["items"]
    assert [(each["id"], each["user_id"]) for each in listed] == [
        (created.json["id"], accepted.json["id"])
    ]
    assert set(recorded()) == {
        "invitation.created",
        "user.created",
        "role.granted",
        "invitation.accepted",
        "login.succeeded",
    }


def test_A_03_inviting_needs_the_permission(person, read_mails):
    ada = person("Ada")
    ada.post("/api/invitations", {"email": GRACE}, expecting=403)
    ada.get("/api/invitations", expecting=403)
    assert read_mails() == []


def test_R_08_an_invitation_works_while_registration_is_closed(build, person, read_tokens):
    client = build(REGISTRATION_ENABLED=False).test_client()
    root = person("Root", role="admin")
    root.client = client
    ada = person("Ada")
    ada.client = client

    ada.post("/api/invitations", {"email": GRACE}, expecting=403)
    accept(client, "not a token", expecting=400)
    root.post("/api/invitations", {"email": GRACE})
    accept(client, *read_tokens())
    body = {"email": "mallory@example.org", "password": PASSWORD}
    anonymous(client).post("/api/register", body, expecting=403)


def test_R_01_a_response_and_the_list_are_the_same_for_a_known_address(
    clerk, user, read_mails, recorded
):
    user("Grace")
    known = clerk.post("/api/invitations", {"email": "GRACE@example.org"})
    unknown = clerk.post("/api/invitations", {"email": "nobody@example.org"})

    assert {**known.json, **dict.fromkeys(MEMBERS), "email": ""} == {
        **unknown.json,
        **dict.fromkeys(MEMBERS),
        "email": "",
    }
    listed = clerk.get("/api/invitations").json["items"]
    assert [each["state"] for each in listed] == ["open", "open"]
    assert recorded()[-2:] == ["invitation.created", "invitation.created"]
    (first, to_owner), (second, to_nobody) = read_mails()
    assert (first, to_owner["to"], to_owner["values"]) == ("already_registered", GRACE, {})
    assert (second, to_nobody["to"]) == ("invitation", "nobody@example.org")


def test_V_04_a_token_of_another_form_or_of_another_kind_changes_nothing(client, administrator):
    administrator.post("/api/invitations", {"email": GRACE})
    for token in (None, [], {}, 0, True, ""):
        accept(client, token, expecting=422)
    accept(client, "x" * 43, expecting=400)
    path = "/api/invitations/accept"
    anonymous(client).post(path, {"password": PASSWORD}, expecting=422)
    assert administrator.get("/api/users").json["items"][1:] == []


def test_V_07_the_inviter_can_choose_no_password(administrator):
    for member in ("password", "password_hash", "token", "invited_by", "expires_at"):
        administrator.post("/api/invitations", {"email": GRACE, member: PASSWORD}, expecting=422)


def test_a_wrong_password_does_not_use_up_the_token(administrator, read_tokens, client, user):
    user("Ada")
    administrator.post("/api/invitations", {"email": GRACE})
    [token] = read_tokens()
    assert accept(client, token, 422, password="short").json["errors"][0]["pointer"] == "/password"
    assert accept(client, token, 409, username="ada").json["error"] == "username_taken"
    accept(client, token)
    accept(client, token, expecting=400)


def test_an_invitation_is_listed_in_pages(administrator):
    emails = [f"person{number}@example.org" for number in range(5)]
    ids = [administrator.post("/api/invitations", {"email": each}).json["id"] for each in emails]
    administrator.delete(f"/api/invitations/{ids[1]}")

    found, cursor = [], {}
    for _ in range(3):
        page = administrator.get("/api/invitations", query_string={"limit": 2, **cursor}).json
        found += [each["email"] for each in page["items"]]
        cursor = {"cursor": page["next"]}
    assert (found, page["next"]) == (emails[::-1], None)
    revoked = administrator.get("/api/invitations?state=revoked").json["items"]
    assert [each["email"] for each in revoked] == emails[1:2]
    assert len(administrator.get("/api/invitations?state=open").json["items"]) == 4
    assert administrator.get(f"/api/invitations/{ids[1]}").json["state"] == "revoked"


def test_a_repeated_creation_sends_one_mail(administrator, read_mails):
    headers = {"Idempotency-Key": '"one"'}
    for _ in range(2):
        administrator.post("/api/invitations", {"email": GRACE}, headers=headers)
    assert len(read_mails()) == 1
