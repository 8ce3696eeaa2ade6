"""Checks settings and files on this machine, without any connection."""

import os
from collections.abc import Iterator
from pathlib import Path

from api import config
from api.config import Settings
from api.config.derived import get_host
from api.doctor.database import MISSING_DIRECTORY, has_directory, locate_file
from api.doctor.problems import Problem


def check_names() -> Iterator[Problem]:
    """Report variables that are probably misspelt settings."""
    for name, meant in config.list_misspelt():
        yield Problem(name, "no such setting", f"did you mean {meant}?")


def check_addresses(settings: Settings) -> Iterator[Problem]:
    """Report settings that are valid, and under which clients do not reach the service."""
    host, allowed = get_host(settings.public_base_url), settings.allowed_hosts
    if "*" not in allowed and host.lower() not in map(str.lower, allowed):
        reason = "the host of PUBLIC_BASE_URL is not one of them, so its requests get 421"
        yield Problem("ALLOWED_HOSTS", reason, f"add {host}")
    if settings.public_base_url.startswith("https:") and settings.trusted_proxies == 0:
        reason = "0, although TLS needs a proxy: then all clients share the limits of its address"
        yield Problem("TRUSTED_PROXIES", reason, "set the number of your proxies", is_hint=True)


def check_directory(settings: Settings) -> Iterator[Problem]:
    """Report that SQLite cannot create its file."""
    file = locate_file(settings.database_url)
    if file is not None and not has_directory(file):
        yield MISSING_DIRECTORY


def check_log_file(settings: Settings) -> Iterator[Problem]:
    """Report a LOG_FILE to which the service cannot append."""
    file = settings.log_file
    if file is None:
        return
    if file.is_dir():
        yield Problem("LOG_FILE", "is a directory", "give the name of a file")
    elif not os.access(file if file.exists() else _get_directory(file), os.W_OK):
        yield Problem("LOG_FILE", "cannot be written", "create its directory, or change the owner")


def _get_directory(file: Path) -> Path:
    return file.absolute().parent
