"""`rollbook mail` and what `rollbook doctor` says about mail."""

import socket
from secrets import token_urlsafe

import pytest

from tests.mail.server import mail_server

FROM = "Rollbook <no-reply@rollbook.example>"


@pytest.fixture
def run(installation):
    """Run a command, and require its status."""
    settings = {
        "ENVIRONMENT": "development",
        "DATABASE_URL": "sqlite://",
        "ENCRYPTION_KEY": token_urlsafe(48),
    }

    def run_command(*command, expecting=0, **changed):
        done = installation.run(*command, **{**settings, **changed})
        assert done.returncode == expecting, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run_command


@pytest.fixture
def inbox():
    with mail_server() as (received, port):
        yield received, {"MAIL_URL": f"smtp://127.0.0.1:{port}", "MAIL_FROM": FROM}


class TestPreview:
    def test_it_prints_subject_and_text(self, run):
        output = run("mail", "preview", "reset_password", "--locale", "fr")

        assert output.startswith("Subject: Choisissez un nouveau mot de passe\n\n")
        assert "<" not in output

    def test_it_prints_html(self, run):
        assert run("mail", "preview", "invitation", "--html").startswith("<!DOCTYPE html>")

    def test_it_writes_a_file(self, run, tmp_path):
        run("mail", "preview", "invitation", "--output", str(tmp_path / "mail.html"))

        assert "Grace Hopper" in (tmp_path / "mail.html").read_text("utf-8")

    def test_it_names_a_wrong_template(self, run, tmp_path):
        (tmp_path / "layout.html").write_text("{{ nothing }}")

        output = run("mail", "preview", "invitation", expecting=2, MAIL_TEMPLATES=str(tmp_path))

        assert output == "rollbook: MAIL_TEMPLATES: layout.html, line 1: 'nothing' is undefined\n"


class TestTest:
    def test_it_prints_what_the_server_answers(self, run, inbox):
        received, settings = inbox

        output = run("mail", "test", "ada@example.org", **settings)

        (message,) = received.messages
        assert message["Message-ID"].strip("<>").partition("@")[0] in output
        assert "to ada@example.org: the mail server answered 250 2.0.0 Queued" in output
        assert message["Subject"] == "Test of the mails of Rollbook"

    def test_it_prints_why_the_server_rejects_it(self, run, inbox):
        received, settings = inbox
        received.answers["RCPT"] = "550 5.1.1 no such user"

        output = run("mail", "test", "ada@example.org", expecting=1, **settings)

        assert "not sent: the mail server answered 550 5.1.1 no such user" in output

    def test_without_a_mail_server_nothing_is_tried(self, run):
        output = run("mail", "test", "ada@example.org", expecting=2)

        assert "MAIL_URL is not set" in output

    def test_the_address_is_checked(self, run, inbox):
        assert "not an e-mail address" in run("mail", "test", "ada", expecting=2, **inbox[1])


class TestDoctor:
    @pytest.fixture
    def settings(self, sqlite_url):
        return {"DATABASE_URL": sqlite_url}

    def test_a_mail_server_that_answers_is_no_problem(self, run, settings, inbox):
        received, mail = inbox

        assert "MAIL_URL" not in run("doctor", **settings, **mail)
        assert received.messages == []

    def test_B_42_a_mail_server_that_does_not_answer_is_a_problem(self, run, settings):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        url = f"smtp://u:canary5e1f@127.0.0.1:{port}"

        output = run("doctor", expecting=1, **settings, MAIL_URL=url, MAIL_FROM=FROM)

        assert "MAIL_URL: [Errno 111] Connection refused; check scheme, host" in output
        assert "canary5e1f" not in output

    def test_a_wrong_template_is_a_problem(self, run, settings, tmp_path):
        (tmp_path / "invite.jinja").touch()

        for command in (("doctor",), ("config", "check")):
            output = run(*command, expecting=1, **settings, MAIL_TEMPLATES=str(tmp_path))
            assert "MAIL_TEMPLATES: invite.jinja: there is no such template; docs/mail" in output
