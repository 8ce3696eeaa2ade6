"""Worker processes on a database of their own, and the mails that they deliver."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from api.app import create_app
from api.core import clock
from api.core.database import db, in_transaction
from api.mail import service as mail
from api.mail.catalogue import Template
from api.outbox.models import OutboxMessage, State
from tests.processes import start, stop, wait_until
from tests.service import ROOT, environment_of
from tests.support import dispose

LOCAL = ("encryption_key", "public_base_url", "database_url", "mail_url", "mail_from")


@dataclass
class Worker:
    """A started `rollbook worker`."""

    process: subprocess.Popen[bytes]
    log_path: Path

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def wait_for(self, condition: Callable[[], bool], seconds: int = 30) -> None:
        """Wait until the condition is met while the worker runs."""
        wait_until(condition, self.process, self.log_path, seconds)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Outbox:
    """The outbox of one database, and the workers that deliver it."""

    place: Path
    settings: dict[str, Any]
    opened: ExitStack
    workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        same = {name: self.settings[name] for name in LOCAL}
        self.app = create_app({"TESTING": True, **same})
        self.opened.callback(dispose, self.app)

    def start_worker(self) -> Worker:
        """Start a worker, and wait until it works."""
        log = self.place / f"worker-{self.settings['port']}-{len(self.workers)}.log"
        command = [sys.executable, "-m", "api", "worker"]
        process = start(command, log, cwd=ROOT, env=environment_of(self.settings))
        self.opened.callback(stop, process)
        worker = Worker(process, log)
        self.workers.append(worker)
        worker.wait_for(lambda: '"background.started"' in worker.log())
        return worker

    def store(self, *recipients: str) -> None:
        """Store a mail for each recipient, in one transaction."""

        def store_mails() -> None:
            for to in recipients:
                mail.send(Template.ALREADY_REGISTERED, to=to, locale="en")

        with self.app.app_context():
            in_transaction(store_mails)

    def read(self) -> list[OutboxMessage]:
        with self.app.app_context():
            return list(db.session.scalars(select(OutboxMessage)))

    def read_states(self) -> list[str]:
        """Return the states of all messages, sorted."""
        return sorted(message.state for message in self.read())

    def pass_time(self) -> None:
        """Let the claims of killed workers expire, and all delays after errors end."""
        pending = update(OutboxMessage).filter_by(state=State.PENDING)
        moved = pending.values(next_attempt_at=clock.now())
        options = {"synchronize_session": False}
        with self.app.app_context():
            in_transaction(lambda: db.session.execute(moved, execution_options=options))
