"""docs/calling-from-a-service.md works when it is pasted from top to bottom."""

from tests.docs.shell import find_commands, run_commands
from tests.support import PASSWORD

PAGE = "calling-from-a-service.md"
EXAMPLES = {"http://127.0.0.1:8000": "url", '"admin"': "username"}


def test_the_page_works_from_top_to_bottom(service, tmp_path):
    root = service.person("Paula", role="admin")
    texts = {"url": service.url, "username": f'"{root.username}"'}
    commands = "\n".join(find_commands(PAGE))
    for example, name in EXAMPLES.items():
        assert commands.count(example) == 1, example
        commands = commands.replace(example, texts[name])

    done = run_commands([commands, 'echo "CLIENT $CLIENT_ID"'], tmp_path, typed=f"{PASSWORD}\n")

    assert done.returncode == 0, done.stderr
    (account,) = root.get("/api/service-accounts?role=crm-sync").json["items"]
    assert (account["name"], account["status"]) == ("Nightly sync", "active")
    credentials = root.get(f"/api/service-accounts/{account['id']}/credentials").json["items"]
    assert {each["name"] for each in credentials} == {"Key of 2026", "Secret of 2027"}
    [key] = root.get("/api/me/api-keys").json["items"]
    assert (key["name"], key["scopes"]) == ("Nightly report", ["users:read"])
    assert f"\n{root.id}\n" in done.stdout  # the loop lists the users
    assert done.stdout.endswith(f"CLIENT {account['id']}\n")
    root.delete(f"/api/service-accounts/{account['id']}")  # other tests need the name
