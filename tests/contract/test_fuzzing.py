"""`rollbook fuzz` finds nothing: every operation keeps the contract, whoever calls it."""

from tests.contract.fuzzing import fuzz, require_success


def test_G_02_C_18_every_operation_answers_as_documented_and_succeeds_for_some_caller(serve):
    service = serve()
    bystander = service.person("Bystander")
    before = list_all(service)

    results = fuzz(service, processes=3)  # two cores: each waits for its responses

    require_success(results, "fuzzing")
    assert list_all(service) == before
    bystander.get("/api/me")  # the session still works


def list_all(service):
    """Return the users and roles that exist, with their versions."""
    root = service.administrator
    users = root.get("/api/users?limit=100").json
    return users["items"], root.get("/api/roles").json["items"]
