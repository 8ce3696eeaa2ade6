"""Running the samples of the reference, as they are shown."""

import contextlib
import io
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from tests.node import environment, require_tool
from tests.service import Service

RUN_MODULES = """\
import { createInterface } from "node:readline";
const send = globalThis.fetch;
console.log = () => {};
for await (const line of createInterface(process.stdin)) {
  const { file, token } = JSON.parse(line);
  const record = {};
  process.env.TOKEN = token;
  globalThis.fetch = async (...request) => {
    const answer = await send(...request);
    Object.assign(record, { status: answer.status, body: await answer.clone().text() });
    return answer;
  };
  try {
    await import(file);
  } catch (error) {
    record.error = String(error);
  }
  process.stdout.write(JSON.stringify(record) + "\\n");
}
"""
NAMES = ("ada", "alan", "countess", "grace", "hedy", "support")  # each walk has its own
Answer = tuple[int, str]
Execute = Callable[[str, str, Path], Answer]
Samples = dict[str, dict[str, str]]  # by operation id and language


def run_curl(text: str, token: str, place: Path) -> Answer:
    body = place / "body"
    body.write_text("")
    recording = f'curl() {{ command curl -sS -o "{body}" -w "%{{http_code}}" "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-euc", recording + text],
        env={**os.environ, "TOKEN": token},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return int(done.stdout), body.read_text()


def run_python(text: str, token: str, _: Path) -> Answer:
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setenv("TOKEN", token)
        exec(compile(text, "sample", "exec"), names)
    return names["response"].status_code, names["response"].text


@contextlib.contextmanager
def node(place: Path) -> Iterator[Execute]:
    """Start one process that runs all samples: to start one for each would take a minute."""
    require_tool("tsc")  # Node.js comes with the same tools
    runner = place / "run.mjs"
    runner.write_text(RUN_MODULES)
    with subprocess.Popen(
        ["node", "--no-warnings", runner],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def run_typescript(text: str, token: str, place: Path) -> Answer:
            sample = place / f"{token_hex(8)}.mts"  # a module is loaded once
            sample.write_text(text)
            process.stdin.write(json.dumps({"file": str(sample), "token": token}) + "\n")
            process.stdin.flush()
            record = json.loads(process.stdout.readline())
            assert "error" not in record, record
            return record["status"], record["body"]

        yield run_typescript


@dataclass
class Walk:
    """Runs samples of one language, with values of this service in place of the examples."""

    language: str
    execute: Execute
    samples: Samples
    contract: dict[str, Any]
    service: Service
    place: Path
    examples: dict[str, str]
    done: set[str] = field(default_factory=set)

    def run(self, operation_id: str, token: str | None = "", **values: str) -> Any:
        """Run a sample, and return the JSON of its response, which has to be a success."""
        text = self.samples[operation_id][self.language]
        text = text.replace(self.service.settings["public_base_url"], self.service.url)
        for name in NAMES:
            text = re.sub(rf"\b{name}\b", f"{name}-{self.language}", text)
        for example, value in values.items():
            text = text.replace(self.examples[example], value)
        status, body = self.execute(text, token or "", self.place)
        assert str(status) in self.documented(operation_id), f"{operation_id}: {status} {body}"
        assert status < 300, f"{operation_id}: {status} {body}"
        self.done.add(operation_id)
        is_json = body.startswith("{") and operation_id != "export_users"  # which has rows
        return json.loads(body) if is_json else body

    def documented(self, operation_id: str) -> dict[str, Any]:
        (responses,) = [
            operation["responses"]
            for item in self.contract["paths"].values()
            for operation in item.values()
            if isinstance(operation, dict) and operation.get("operationId") == operation_id
        ]
        return responses
