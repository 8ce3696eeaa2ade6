from api.core.database import db
from api.one_time_tokens.models import TokenPurpose
from api.users.models import User

PAGE = "verify-email"


def is_verified(app, user):
    with app.app_context():
        return db.session.get(User, user.id).email_verified_at is not None


def test_V08_opening_the_link_changes_nothing_and_sending_the_form_confirms(
    app, browser, user, make_token
):
    ada = user("Ada")
    token = make_token(TokenPurpose.VERIFY_EMAIL, ada)

    pages = [browser.open(PAGE, token) for _ in range(5)]

    assert [page.status_code for page in pages] == [200] * 5
    assert "ada@example.org" in pages[0].text
    assert not is_verified(app, ada)

    done = browser.send(PAGE, pages[-1])

    assert (done.status_code, "is confirmed" in done.text) == (200, True)
    assert is_verified(app, ada)


def test_R07_the_link_works_once(browser, user, make_token):
    token = make_token(TokenPurpose.VERIFY_EMAIL, user("Ada"))
    shown = browser.open(PAGE, token)
    browser.send(PAGE, shown)

    for again in (browser.send(PAGE, shown), browser.open(PAGE, token)):
        assert again.status_code == 400
        assert "does not work any more" in again.text
