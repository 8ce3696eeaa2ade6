"""A role is told with its version, and changed in that version alone."""

SUPPORT = {"name": "support", "description": "", "permissions": ["users:read"]}
ITS = "/api/roles/support"


def test_C_03_a_role_is_told_with_its_version(administrator):
    created = administrator.post("/api/roles", SUPPORT)
    changed = administrator.patch(ITS, {"description": "They help."})

    assert (created.headers["ETag"], changed.headers["ETag"]) == ('"1"', '"2"')
    assert administrator.get(ITS).headers["ETag"] == '"2"'


def test_C_03_who_has_it_already_is_sent_nothing(administrator):
    tag = administrator.post("/api/roles", SUPPORT).headers["ETag"]

    answer = administrator.get(ITS, headers={"If-None-Match": tag}, expecting=304)

    assert (answer.data, answer.headers["ETag"]) == (b"", tag)


def test_C_03_what_is_meant_for_another_version_is_refused(administrator):
    administrator.post("/api/roles", SUPPORT)
    administrator.patch(ITS, {"permissions": []})
    stale, fresh = {"If-Match": '"1"'}, {"If-Match": '"2"'}

    administrator.patch(ITS, {"description": "x"}, headers=stale, expecting=412)
    administrator.delete(ITS, headers=stale, expecting=412)
    administrator.delete(ITS, headers=fresh)


def test_C_01_a_role_is_defined_once(administrator, recorded):
    key = {"Idempotency-Key": '"one-role"'}

    answers = [administrator.post("/api/roles", SUPPORT, headers=key) for _ in range(2)]

    assert answers[0].data == answers[1].data
    assert answers[1].headers["Location"] == ITS
    assert recorded() == ["role.created"]
