"""Checks the database before the service starts."""

import logging

import structlog

from api import config
from api.config import Settings
from api.doctor.database import check_database
from api.serving.errors import CannotStart

log = structlog.get_logger()


def check_before_start(settings: Settings, *, wait: bool) -> None:
    """Log misspelt settings and what is wrong with the database; the service starts all the same.

    Raises:
        CannotStart: the database has no schema, or the signing key is encrypted with another
            ENCRYPTION_KEY, unless ``wait`` is set. Or the database cannot store every name.
    """
    for name, meant in config.list_misspelt():
        log.warning("settings.unknown", name=name, meant=meant)
    for problem in check_database(settings):
        if problem.prevents_start and not (wait and problem.can_wait):
            hint = ", or start with --wait" if problem.can_wait else ""
            raise CannotStart(f"{problem}{hint}")
        if problem.event or not problem.is_hint:
            level = logging.ERROR if problem.event and problem.prevents_start else logging.WARNING
            event = problem.event or "database.problem"
            log.log(level, event, reason=problem.reason, remedy=problem.remedy)
