from api.core import secrets
from api.core.database import db
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.runtime import current_settings
from api.languages.choice import find_requested_language
from api.mail import service as mail
from api.mail.catalogue import Template
from api.mail.limits import count_mail
from api.registration.errors import RegistrationClosed
from api.registration.schemas import Registration
from api.users import service as users
from api.users.accounts import find_by_email
from api.users.email_verification import is_required
from api.users.errors import EmailTaken
from api.users.models import User
from api.users.schemas import PreparedUser, UserCreation


def prepare(account: Registration) -> PreparedUser:
    """Check a registration and hash its password.

    This takes long, so call it before the transaction.

    Raises:
        RegistrationClosed: the setting REGISTRATION_ENABLED is off.
        InvalidRequest, Overloaded: as ``users.service.prepare``.
    """
    if not current_settings().registration_enabled:
        raise RegistrationClosed
    return users.prepare(
        UserCreation(
            username=account.get("username"),
            email=account["email"],
            password=account["password"],
            locale=account.get("locale") or find_requested_language(),
        )
    )


def register(account: PreparedUser) -> User | None:
    """Create an account for the caller, from what ``prepare`` returned.

    Where addresses have to be confirmed, the result is None, whether the address is known or not:
    only a mail to the address says it (R-01). Such an account gets its username when the address is
    confirmed: if the username was taken at once, another registration would see whether it was.

    Raises:
        UsernameTaken, EmailTaken: addresses need not be confirmed.
    """
    own_id = secrets.new_id()
    created: PreparedUser = {**account, "id": own_id}
    if not is_required():
        return users.create(created, by=Principal(id=own_id))
    created |= {"username": None, "requested_username": account.get("username")}
    try:
        with db.session.begin_nested():
            users.create(created, by=Principal(id=own_id))
    except EmailTaken:
        _report_known_address(account["email"])
    return None


def _report_known_address(email: str) -> None:
    """Mail the owner of an address that it is registered already."""
    is_permitted = count_mail(Template.ALREADY_REGISTERED, email)
    user = find_by_email(email)
    if user is None:  # deleted meanwhile
        return
    if is_permitted:
        mail.send(Template.ALREADY_REGISTERED, to=user.email, locale=user.locale, user_id=user.id)
    emit(Event.REGISTRATION_REPEATED, subject=user.id, by=None)
