"""Step-up authentication: what is sensitive requires a password that was verified recently."""

from api.core.principal import Principal
from api.core.runtime import current_settings


def require_step_up(by: Principal) -> None:
    """Reject a caller whose password was not verified within STEP_UP_SECONDS (RFC 9470).

    Raises:
        SessionRequired: a program has no password.
        StepUpRequired
    """
    by.require_recent_authentication(max_age_seconds=current_settings().step_up_seconds)
