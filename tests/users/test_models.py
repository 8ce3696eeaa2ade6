"""The table of users, as Python shows it."""

from sqlalchemy import select

from api.core.database import db
from api.users.models import User


def test_case_N_16_a_user_is_shown_by_id_without_personal_data(context, user):
    ada = user("Ada", display_name="Ada Lovelace")

    assert repr(ada) == f"<User {ada.id}>"


def test_case_N_16_to_show_a_user_needs_no_database(context, user):
    user("Ada")
    ada = db.session.scalars(select(User)).one()
    db.session.expire(ada)
    db.session.expunge(ada)

    assert repr(ada) == "<User None>"
