"""The commands of docs/calling-from-a-service.md, as the page shows them."""

import os
import re
import subprocess
import sys

from tests.service import KEPT, ROOT

PAGE = "docs/calling-from-a-service.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# jq is not installed everywhere, and the page uses it for one member only.
JQ = f"""jq() {{ "{sys.executable}" -c '
import json, sys
read = json.load(sys.stdin)
print(read["items"][0]["id"] if sys.argv[2].startswith(".items") else read["id"])
' "$@"; }}
"""


def run(commands, **settings):
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    return subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", JQ + commands],
        env={**kept, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_commands_work_one_after_the_other(service):
    root = service.person("Paula", role="admin")
    page = (ROOT / PAGE).read_text("utf-8")
    section = page.partition("\n## Service accounts\n")[2].partition("\n## ")[0]
    blocks = BLOCK.findall(section)

    done = run("".join(blocks), URL=service.url, TOKEN=root.token)

    assert done.returncode == 0, done.stderr
    assert len(blocks) >= 5
    (account,) = root.get("/api/service-accounts?role=crm-sync").json["items"]
    assert (account["name"], account["status"]) == ("Nightly sync", "active")
    (left,) = root.get(f"/api/service-accounts/{account['id']}/credentials").json["items"]
    assert left["kind"] == "public_key"
    root.delete(f"/api/service-accounts/{account['id']}")  # other tests need the name
