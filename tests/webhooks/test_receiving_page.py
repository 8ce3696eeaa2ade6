"""The receivers in docs/webhooks.md accept what Rollbook sends, and nothing else (W-02)."""

import re
import sys
from base64 import b64encode
from datetime import timedelta
from pathlib import Path
from socket import socket
from typing import NamedTuple

import pytest
from sqlalchemy import update

from api.core import clock
from api.core.database import db, in_transaction
from api.core.events import Event
from api.core.principal import OPERATOR
from api.webhooks import replay
from api.webhooks.contract import RECEIVED
from api.webhooks.models import DeliveryState, Webhook
from api.webhooks.signing_secrets import encrypt_secret
from tests.node import MODULES, environment, require_file
from tests.processes import free_port, start, stop, wait_until
from tests.service import ROOT
from tests.webhooks.deliveries import SECRET

PAGE = ROOT / "docs" / "webhooks.md"
OTHER_SECRET = f"whsec_{b64encode(b'the secret of another service...').decode()}"


class RunningReceiver(NamedTuple):
    """A receiver of the page, in a process of its own."""

    url: str
    log: Path

    @property
    def handled(self) -> list[str]:
        """Return the ids of the new users that it has handled."""
        return self.find_handled("new")

    def find_handled(self, what: str) -> list[str]:
        return re.findall(rf"^{what} user (\S+)$", self.log.read_text(), re.MULTILINE)


def write_sample(language: str, file: Path) -> Path:
    [code] = re.findall(
        rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    file.write_text(code)
    return file


def make_python(place: Path, port: int) -> list[str]:
    sample = write_sample("python", place / "receiver.py")
    return [sys.executable, "-m", "flask", "--app", str(sample), "run", "--port", str(port)]


def make_node(place: Path, _port: int) -> list[str]:
    require_file("standardwebhooks")
    (place / "node_modules").symlink_to(MODULES)
    return ["node", str(write_sample("js", place / "receiver.mjs"))]


def is_listening(port: int) -> bool:
    with socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(params=[make_python, make_node], ids=["python", "node"])
def run_receiver(request, tmp_path):
    """Run a receiver of the page with this secret."""
    processes = []

    def run(secret: str) -> RunningReceiver:
        port = free_port()
        log = tmp_path / "log"
        settings = {**environment(), "WEBHOOK_SECRET": secret, "PORT": str(port)}
        process = start(request.param(tmp_path, port), log, env=settings, cwd=tmp_path)
        processes.append(process)
        wait_until(lambda: is_listening(port), process, log)
        return RunningReceiver(f"http://127.0.0.1:{port}/rollbook", log)

    yield run
    for process in processes:
        stop(process)


def test_W_02_an_event_is_accepted_and_handled_once(
    run_receiver, subscribe, happen, deliver, read_delivery
):
    receiver = run_receiver(SECRET)
    webhook_id = subscribe(receiver)
    subject = happen()
    deliver()
    in_transaction(lambda: replay.redeliver(webhook_id, read_delivery().id, by=OPERATOR))
    deliver()

    assert read_delivery().state == DeliveryState.DELIVERED
    assert receiver.handled == [str(subject)]


def test_a_suspension_is_handled(run_receiver, subscribe, happen, deliver):
    receiver = run_receiver(SECRET)
    subscribe(receiver)
    subject = happen(event=Event.USER_SUSPENDED, reason="Left us")
    deliver()

    assert receiver.find_handled("suspended") == [str(subject)]
    assert receiver.handled == []


def test_W_02_the_former_secret_is_accepted_during_a_rotation(
    run_receiver, subscribe, happen, deliver, read_delivery
):
    receiver = run_receiver(OTHER_SECRET)
    webhook_id = subscribe(receiver)
    former = {
        "former_secret": encrypt_secret(OTHER_SECRET, webhook_id),
        "former_secret_until": clock.now() + timedelta(hours=1),
    }
    in_transaction(lambda: db.session.execute(update(Webhook).values(former)))
    happen()
    deliver()

    assert read_delivery().state == DeliveryState.DELIVERED


def test_W_02_an_event_with_another_signature_is_rejected(
    run_receiver, subscribe, happen, deliver, read_delivery
):
    receiver = run_receiver(OTHER_SECRET)
    subscribe(receiver)
    happen()
    deliver()

    delivery = read_delivery()
    assert (delivery.state, delivery.last_error) == (DeliveryState.PENDING, "status 401")
    assert receiver.handled == []


def test_the_page_lists_every_event_with_its_sentence():
    section = PAGE.read_text("utf-8").partition("\n## Events\n")[2]
    listed = re.findall(r"^\| `(.+)` \| (.+) \|$", section, re.MULTILINE)

    assert listed == [(event.name, event.sentence) for event in RECEIVED]
