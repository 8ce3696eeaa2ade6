"""The versions of a role, and changes of one version only."""

SUPPORT = {"name": "support", "description": "", "permissions": ["users:read"]}
PATH = "/api/roles/support"


def test_C_03_a_role_is_returned_with_its_version(administrator):
    created = administrator.post("/api/roles", SUPPORT)
    changed = administrator.patch(PATH, {"description": "Help users."})

    assert (created.headers["ETag"], changed.headers["ETag"]) == ('"1"', '"2"')
    assert administrator.get(PATH).headers["ETag"] == '"2"'


def test_C_03_a_client_with_the_current_version_gets_no_body(administrator):
    etag = administrator.post("/api/roles", SUPPORT).headers["ETag"]

    answer = administrator.get(PATH, headers={"If-None-Match": etag}, expecting=304)

    assert (answer.data, answer.headers["ETag"]) == (b"", etag)


def test_C_03_a_change_of_another_version_is_rejected(administrator):
    administrator.post("/api/roles", SUPPORT)
    administrator.patch(PATH, {"permissions": []})
    outdated, current = {"If-Match": '"1"'}, {"If-Match": '"2"'}

    administrator.patch(PATH, {"description": "x"}, headers=outdated, expecting=412)
    administrator.delete(PATH, headers=outdated, expecting=412)
    administrator.delete(PATH, headers=current)


def test_C_01_a_repeated_request_defines_one_role(administrator, recorded):
    key = {"Idempotency-Key": '"one-role"'}

    answers = [administrator.post("/api/roles", SUPPORT, headers=key) for _ in range(2)]

    assert answers[0].data == answers[1].data
    assert answers[1].headers["Location"] == f"http://127.0.0.1:8000{PATH}"
    assert recorded() == ["role.created"]
