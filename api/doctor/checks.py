"""All checks, in the order in which an operator repairs what they find."""

from collections.abc import Iterator
from itertools import chain

from api.config import Settings
from api.doctor.database import check_database
from api.doctor.local import check_addresses, check_directory, check_log_file, check_names
from api.doctor.mail import check_mail_server, check_templates
from api.doctor.open_files import check_open_files
from api.doctor.ports import check_ports
from api.doctor.problems import Problem
from api.doctor.redis import check_redis


def check_locally(settings: Settings) -> Iterator[Problem]:
    """Check what needs no connection."""
    yield from check_names()
    yield from check_addresses(settings)
    yield from check_directory(settings)
    yield from check_log_file(settings)
    yield from check_templates(settings)
    yield from check_ports(settings)
    yield from check_open_files(settings)


def check_all(settings: Settings) -> Iterator[Problem]:
    """Check what needs no connection, then the database, Redis and the mail server."""
    connected = check_database, check_redis, check_mail_server
    found = chain(check_locally(settings), *(check(settings) for check in connected))
    yield from dict.fromkeys(found)  # two checks can find the same
