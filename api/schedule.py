"""The jobs that the background worker runs."""

from datetime import timedelta

from api.api_keys import service as api_keys
from api.audit import sealing
from api.idempotency import service as idempotency
from api.invitations import service as invitations
from api.jobs.registry import Job, repeat_in_transactions
from api.login_notices import known_devices
from api.mail import limits as mail_limits
from api.oauth import client_tokens
from api.one_time_tokens import service as one_time_tokens
from api.outbox import service as outbox
from api.passwords import attempts
from api.sessions import service as sessions
from api.users import purging
from api.webhooks import erasure
from api.webhooks import purging as webhooks

JOBS = (
    Job(
        name="purge_users",
        interval=timedelta(hours=1),
        run=repeat_in_transactions(purging.purge_batch),
        description="Erase users who were deleted more than DELETED_USERS_KEPT_DAYS ago, and those "
        "who deleted themselves OWN_DELETION_DAYS ago.",
    ),
    Job(
        name="purge_webhook_details",
        interval=timedelta(minutes=10),
        run=repeat_in_transactions(erasure.erase_batch),
        description="Leave ids alone in the deliveries of webhooks about erased users.",
    ),
    Job(
        name="purge_invitations",
        interval=timedelta(hours=1),
        run=repeat_in_transactions(invitations.purge),
        description="Delete invitations 30 days after they have expired.",
    ),
    Job(
        name="purge_sessions",
        interval=timedelta(hours=1),
        run=repeat_in_transactions(sessions.purge),
        description="Delete expired sessions.",
    ),
    Job(
        name="purge_api_keys",
        interval=timedelta(hours=1),
        run=repeat_in_transactions(api_keys.purge),
        description="Delete API keys 30 days after they have expired.",
    ),
    Job(
        name="purge_password_attempts",
        interval=timedelta(hours=1),
        run=repeat_in_transactions(attempts.purge),
        description="Delete counters of login attempts a day after their window.",
    ),
    Job(
        name="purge_known_devices",
        interval=timedelta(hours=1),
        run=repeat_in_transactions(known_devices.purge),
        description="Delete devices 90 days after their last login, but not the newest of a user.",
    ),
    Job(
        name="purge_stored_responses",
        interval=timedelta(hours=1),
        run=repeat_in_transactions(idempotency.purge),
        description="Delete stored responses after IDEMPOTENCY_KEPT_HOURS.",
    ),
    Job(
        name="purge_one_time_tokens",
        interval=timedelta(hours=1),
        run=repeat_in_transactions(one_time_tokens.purge),
        description="Delete expired one-time tokens.",
    ),
    Job(
        name="purge_client_tokens",
        interval=timedelta(hours=1),
        run=repeat_in_transactions(client_tokens.purge),
        description="Forget revoked tokens of service accounts, and used client assertions, when "
        "they have expired.",
    ),
    Job(
        name="purge_mail_counts",
        interval=timedelta(hours=1),
        run=repeat_in_transactions(mail_limits.purge),
        description="Delete counts of sent mails that no longer limit anything.",
    ),
    Job(
        name="purge_outbox",
        interval=timedelta(hours=1),
        run=repeat_in_transactions(outbox.purge),
        description="Delete messages a week after their delivery, dead ones after 30 days.",
    ),
    Job(
        name="purge_webhook_deliveries",
        interval=timedelta(hours=1),
        run=repeat_in_transactions(webhooks.purge),
        description="Delete deliveries of webhooks after 30 days, and those of deleted webhooks.",
    ),
    Job(
        name=sealing.JOB,
        interval=timedelta(minutes=10),
        run=sealing.seal_and_log,
        description="Seal new events of the audit log, and log the head of the chain.",
    ),
)
