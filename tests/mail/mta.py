"""Exim as a private mail server on a loopback port, with everything in one directory."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.processes import free_port, start, stop, wait_until

EXIM = shutil.which("exim4") or shutil.which("exim4", path="/usr/sbin")
OWN_USER = "Debian-exim"  # without it the program of Debian does not start
CONFIGURATION = """\
primary_hostname = localhost
exim_path = {exim}
exim_user = nobody
exim_group = nogroup
spool_directory = {directory}/spool
log_file_path = {directory}/spool/%slog
pid_file_path = {directory}/spool/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
smtp_accept_max = 5
tls_advertise_hosts = *
tls_certificate = {directory}/certificate.pem
tls_privatekey = {directory}/key.pem
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}{{}}}}
smtputf8_advertise_hosts = *
acl_smtp_mail = check_mail
acl_smtp_rcpt = check_recipient
acl_smtp_data = check_content

begin acl
check_mail:
  deny message = authenticate first
    !authenticated = *
  accept

check_recipient:
  defer message = greylisted, try again later
    local_parts = later
  deny message = no such user here
    local_parts = unknown
  accept

check_content:
  deny message = this looks like spam
    condition = ${{if match{{$h_Subject:}}{{spam}}}}
  accept

begin routers
all:
  driver = accept
  transport = maildir

begin transports
maildir:
  driver = appendfile
  directory = {directory}/spool/mails
  maildir_format
  delivery_date_add
  return_path_add
  user = nobody
  group = nogroup

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
"""


@dataclass(frozen=True)
class Mta:
    """A mail server that runs, and the directory where it puts mails."""

    port: int
    directory: Path
    process: subprocess.Popen[bytes]

    def wait_for_mails(self, number: int) -> list[EmailMessage]:
        """Return the mails when there are so many; Exim stores them after its answer."""
        log = self.directory / "log"
        wait_until(lambda: len(self.read_mails()) >= number, self.process, log)
        return self.read_mails()

    def read_mails(self) -> list[EmailMessage]:
        stored = (self.directory / "spool" / "mails" / "new").glob("*")
        files = sorted(stored, key=lambda file: file.stat().st_mtime_ns)
        return [message_from_bytes(file.read_bytes(), policy=policy.SMTPUTF8) for file in files]


@contextmanager
def mta(place: Path, certificates: tuple[Path, Path, Path], **login: str) -> Iterator[Mta]:
    """Start Exim, which needs TLS and this user and password."""
    _require_exim()
    port = free_port()
    directory = place / f"exim-{port}"
    directory.mkdir(mode=0o755)
    spool = directory / "spool"
    spool.mkdir()
    _, certificate, key = certificates
    shutil.copy(certificate, directory / "certificate.pem")
    shutil.copy(key, directory / "key.pem")
    file = directory / "configuration"  # Exim requires that root owns it
    file.write_text(CONFIGURATION.format(exim=EXIM, directory=directory, port=port, **login))
    for path in (spool, directory / "key.pem"):
        shutil.chown(path, "nobody", "nogroup")
    log = directory / "log"
    process = start([EXIM, "-C", str(file), "-bdf"], log, cwd=directory)
    try:
        wait_until(lambda: _is_listening(port), process, log)
        yield Mta(port, directory, process)
    finally:
        stop(process)


def _require_exim() -> None:
    reason = _find_obstacle()
    if reason and os.environ.get("REQUIRE_MTA"):
        pytest.fail(reason)
    if reason:
        pytest.skip(f"{reason}, so mails are not delivered to a mail server of Debian")


def _find_obstacle() -> str | None:
    if EXIM is None:
        return "Exim is not installed"
    if os.geteuid() != 0:
        return "Exim has to be started by root"
    try:
        pwd.getpwnam(OWN_USER)
    except KeyError:
        return f"there is no user {OWN_USER}"
    return None


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
