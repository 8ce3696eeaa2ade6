"""The features run against a service that knows nothing of them, as features/README.md says."""

import re
import subprocess
import sys
from pathlib import Path

from tests.service import environment_of

ROOT = Path(__file__).parents[2]
CAPABILITIES = ("features/login", "features/tokens")
OPTIONS = ("-q", "-n", "0", "-p", "no:cacheprovider")


def test_features_run_against_a_deployed_service(serve):
    service = serve()
    access = {
        "service_url": service.url,
        "service_admin_username": service.administrator.username,
        "service_admin_password": service.administrator.password,
    }
    command = [sys.executable, "-m", "pytest", *OPTIONS, *CAPABILITIES]

    done = subprocess.run(
        command, cwd=ROOT, env=environment_of(access), capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 20
    assert re.search(r"deselected \d+ scenarios: they change the settings", done.stdout)
    left = service.administrator.get("/api/users").json["items"]
    assert [user["username"] for user in left] == [service.administrator.username]
