"""Runs the shell commands of pages, as their readers paste them."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.service import KEPT, ROOT

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# jq is not installed everywhere. This one knows filters such as `.name` and `.name[].name`.
JQ = f"""jq() {{ "{sys.executable}" -c '
import json, sys
found = [json.load(open(sys.argv[3]) if len(sys.argv) > 3 else sys.stdin)]
for name in sys.argv[2].removeprefix(".").split("."):
    found = [each[name.removesuffix("[]")] for each in found]
    found = [item for each in found for item in each] if name.endswith("[]") else found
print(*("null" if each is None else each for each in found), sep="\\n")
' "$@"; }}
"""


def find_commands(page: str) -> list[str]:
    """Return the blocks of commands of a page in docs/."""
    return BLOCK.findall((ROOT / "docs" / page).read_text("utf-8"))


def run_commands(
    commands: Sequence[str], place: Path, typed: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run commands in one shell until one fails; ``typed`` is what they read from the terminal."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    return subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", "\n".join([JQ, *commands])],
        cwd=place,
        env={**kept, **variables},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
