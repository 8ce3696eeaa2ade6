"""What follows each event: the subscribers, in the order in which they are called."""

from api.api_keys import notices as api_key_notices
from api.api_keys import subscribers as api_key_subscribers
from api.audit.service import record_event
from api.core.events import Event, Subscriptions
from api.email_change import subscribers as email_change_subscribers
from api.email_verification import subscribers as email_verification_subscribers
from api.login import subscribers as login_subscribers
from api.login_notices import new_devices, pauses
from api.password_reset import subscribers as password_subscribers
from api.personal_data import subscribers as personal_data_subscribers
from api.sessions import subscribers as session_subscribers
from api.webhooks import erasure as webhook_erasure
from api.webhooks import subscribers as webhook_subscribers


def make_subscriptions() -> Subscriptions:
    """Return what follows each event.

    The audit row and the deliveries of webhooks come last: they include the details of the others.
    """
    subscriptions = Subscriptions()
    subscriptions.subscribe(session_subscribers.end_sessions, session_subscribers.EVENTS)
    subscriptions.subscribe(api_key_subscribers.revoke_keys, api_key_subscribers.EVENTS)
    subscriptions.subscribe(api_key_notices.notify_owner, api_key_notices.EVENTS)
    subscriptions.subscribe(login_subscribers.forget_attempts, login_subscribers.EVENTS)
    subscriptions.subscribe(
        email_verification_subscribers.mail_link, email_verification_subscribers.EVENTS
    )
    subscriptions.subscribe(
        email_change_subscribers.follow_new_email, email_change_subscribers.EVENTS
    )
    subscriptions.subscribe(password_subscribers.revoke_tokens, password_subscribers.EVENTS)
    subscriptions.subscribe(password_subscribers.notify_owner, password_subscribers.EVENTS)
    subscriptions.subscribe(password_subscribers.mail_reset, password_subscribers.VOIDING_EVENTS)
    subscriptions.subscribe(new_devices.notify_of_new_device, new_devices.EVENTS)
    subscriptions.subscribe(pauses.notify_of_pause, pauses.EVENTS)
    subscriptions.subscribe(personal_data_subscribers.erase, personal_data_subscribers.EVENTS)
    subscriptions.subscribe(webhook_erasure.begin_erasure, webhook_erasure.EVENTS)
    subscriptions.subscribe(record_event, Event)
    subscriptions.subscribe(webhook_subscribers.store_deliveries, webhook_subscribers.EVENTS)
    return subscriptions
