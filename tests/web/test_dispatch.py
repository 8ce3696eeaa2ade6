"""The order in which an operation is executed: authentication, limit, permission, input."""

import pytest

from tests.web.operations import ADA, GRACE, KEYS, MALFORMED, errors, key


class TestOrder:
    """Authentication, rate limit, permission, query, body."""

    def test_the_caller_is_authenticated_first(self, dispatcher):
        response = dispatcher.post("/echo?limit=0&nope=1", **MALFORMED)

        assert response.json["error"] == "unauthenticated"

    def test_the_request_is_counted_second(self, dispatcher):
        for _ in range(3):
            dispatcher.get("/echo", headers=key("plain"))

        response = dispatcher.post("/echo?limit=0&nope=1", headers=key("plain"), **MALFORMED)

        assert response.json["error"] == "too_many_requests"

    def test_S_01_the_permission_is_enforced_third(self, dispatcher, views):
        response = dispatcher.post("/echo?limit=0&nope=1", headers=key("plain"), **MALFORMED)

        assert response.json["error"] == "permission_denied"
        assert response.json["permission"] == "users:write"
        assert views.given == []

    def test_the_query_is_read_fourth(self, dispatcher):
        response = dispatcher.post("/echo?limit=0", headers=key("writer"), **MALFORMED)

        assert errors(response) == [("limit", "minimum")]

    @pytest.mark.parametrize("query", ["limit=%FF", "%ED%A0%80=1"])
    def test_a_query_that_is_not_utf8_is_rejected(self, dispatcher, query):
        response = dispatcher.post(f"/echo?{query}", headers=key("writer"), json={})

        assert errors(response) == [("", "encoding")]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (MALFORMED, "unsupported_media_type"),
            ({"data": "{", "content_type": "application/json"}, "bad_request"),
            ({"json": {"loud": 1}}, "invalid_request"),
        ],
    )
    def test_the_body_is_read_last(self, dispatcher, views, body, code):
        response = dispatcher.post("/echo?limit=1", headers=key("writer"), **body)

        assert response.json["error"] == code
        assert views.given == []

    def test_rejected_requests_count(self, dispatcher):
        for _ in range(3):
            dispatcher.post("/echo", headers=key("plain"), **MALFORMED)

        assert dispatcher.get("/echo", headers=key("plain")).status_code == 429

    def test_unauthenticated_requests_count_per_client_address(self, dispatcher):
        statuses = [dispatcher.get("/echo").status_code for _ in range(6)]

        assert statuses == [401] * 5 + [429]


class TestAuthentication:
    """Each authenticator turns one kind of credential into a principal."""

    def test_the_second_authenticator_may_know_the_credential(self, dispatcher, views):
        dispatcher.get("/echo", headers=key("robot"))

        assert views.given[0]["by"] == KEYS["robot"]

    def test_a_credential_that_is_not_valid_is_rejected(self, dispatcher):
        assert dispatcher.get("/echo", headers=key("stolen")).status_code == 401

    def test_a_service_account_and_a_user_of_one_id_are_counted_apart(self, dispatcher):
        for _ in range(3):
            dispatcher.get("/echo", headers=key("plain"))

        assert dispatcher.get("/echo", headers=key("plain")).status_code == 429
        assert dispatcher.get("/echo", headers=key("robot")).status_code == 200


class TestPrograms:
    """An API key or a token of a service account is less than a person who has logged in."""

    def test_K_03_a_program_cannot_change_the_account_of_its_owner(self, dispatcher, views):
        answer = dispatcher.delete(f"/users/{ADA}", headers=key("writing robot"))

        assert (answer.status_code, answer.json["error"]) == (403, "session_required")
        assert views.given == []

    def test_K_03_an_operation_about_the_own_account_needs_a_person(self, dispatcher, views):
        answer = dispatcher.delete("/echo", headers=key("writing robot"))

        assert (answer.status_code, answer.json["error"]) == (403, "session_required")
        assert views.given == []
        assert dispatcher.delete("/echo", headers=key("plain")).status_code == 204

    def test_K_03_it_has_no_rights_of_its_owner_without_the_permission(self, dispatcher):
        answer = dispatcher.get(f"/users/{ADA}", headers=key("robot"))

        assert answer.json["error"] == "permission_denied"

    def test_it_may_change_another_account_with_the_permission(self, dispatcher):
        path = f"/users/{GRACE}"

        assert dispatcher.delete(path, headers=key("writing robot")).status_code == 204
        assert dispatcher.delete(path, headers=key("robot")).status_code == 403

    def test_one_without_a_permission_uses_up_no_quota_of_its_owner(self, dispatcher):
        for _ in range(3):
            assert dispatcher.put("/echo", headers=key("robot of Ada")).status_code == 403

        assert dispatcher.put("/echo", headers=key("robot of Ada")).status_code == 429  # its own
        assert dispatcher.put("/echo", headers=key("writer")).status_code == 204

    def test_one_with_the_permission_shares_the_quota_of_its_owner(self, dispatcher):
        assert dispatcher.put("/echo", headers=key("writing robot")).status_code == 204
        assert dispatcher.put("/echo", headers=key("writer")).status_code == 429


class TestPermission:
    """A declared permission is enforced, whatever the service checks."""

    def test_S_01_a_principal_without_it_never_reaches_the_view(self, dispatcher, views):
        assert dispatcher.delete(f"/users/{GRACE}", headers=key("plain")).status_code == 403
        assert views.given == []

    def test_a_principal_with_it_does(self, dispatcher):
        assert dispatcher.delete(f"/users/{GRACE}", headers=key("writer")).status_code == 204

    def test_the_owner_needs_none_where_own_is_declared(self, dispatcher):
        assert dispatcher.get(f"/users/{ADA}", headers=key("plain")).status_code == 200
        assert dispatcher.get(f"/users/{GRACE}", headers=key("plain")).status_code == 403
        assert dispatcher.get(f"/users/{GRACE}", headers=key("writer")).status_code == 200

    def test_the_owner_needs_it_where_own_is_not_declared(self, dispatcher):
        assert dispatcher.delete(f"/users/{ADA}", headers=key("plain")).status_code == 403


class TestView:
    def test_it_receives_query_body_and_principal(self, dispatcher, views):
        dispatcher.post("/echo?limit=7", headers=key("writer"), json={"loud": True})

        assert views.given == [
            {"by": KEYS["writer"], "query": {"limit": 7}, "body": {"loud": True}}
        ]

    def test_of_a_public_operation_it_receives_the_path_alone(self, dispatcher, views):
        dispatcher.get("/rooms/7")

        assert views.given == [{"number": 7}]

    def test_without_a_declared_query_every_parameter_is_unknown(self, dispatcher, views):
        response = dispatcher.get("/rooms/7?verbose=1")

        assert errors(response) == [("verbose", "additional_properties")]
        assert views.given == []

    def test_it_may_have_a_rate_limit_of_its_own(self, dispatcher):
        statuses = [dispatcher.post("/rooms/7").status_code for _ in range(2)]

        assert statuses == [204, 429]
        assert dispatcher.get("/rooms/7").status_code == 200
