"""A model of sessions, and random steps that are made on the model and on the service alike."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

from tests.hostile.wire import Answer, Wire
from tests.service import Service, launch
from tests.support import PASSWORD

PASSWORDS = (PASSWORD, "the analytical engine weaves")
ACTIVE, ENDED, STOLEN = "active", "ended", "stolen"
REASON = {ACTIVE: None, STOLEN: "refresh_token_reused"}  # of the sessions in the list
MIN_ACTIVE = 2
MAX_SESSIONS = 8  # checked after every step, ended ones included
NAMES = ["Ada", "Grace"]

numbers = count(1)
times = count(1)  # the model has no clock


class Session:
    """A session of the model. A dataclass would print every token of a failed example."""

    def __init__(self, owner: str, access_token: str, refresh_token: str) -> None:
        self.id = refresh_token.partition(".")[0]
        self.owner = owner
        self.access = [access_token]
        self.refresh = [refresh_token]  # oldest first
        self.state = ACTIVE
        self.opened = self.used = next(times)

    def __repr__(self) -> str:
        return f"<session {self.opened} of {self.owner}, {self.state}>"


@dataclass
class Account:
    id: str
    username: str
    password: int = 0  # which of PASSWORDS
    suspended: bool = False


@dataclass
class Served:
    """A service that can crash, and a count of what has occurred."""

    service: Service
    place: Path
    occurred: Counter[str] = field(default_factory=Counter)

    @property
    def grace(self) -> bool:
        return self.service.settings["refresh_grace_seconds"] > 0

    def crash(self) -> None:
        """Kill the service, and start it again on the same database."""
        self.service.kill()
        local_service, administrator = self.service.local_service, self.service.administrator
        self.service = launch(self.place, self.service.settings)
        self.service.__dict__ |= {"local_service": local_service, "administrator": administrator}


def _active(sessions: list[Session]) -> list[Session]:
    return [session for session in sessions if session.state == ACTIVE]


class Sessions:
    """Two users and an administrator, and all their operations in any order.

    ``steps`` are the steps so far, to be read when a comparison fails.
    """

    def __init__(self, served: Served, random: Random) -> None:
        self.served = served
        self.random = random
        self.wire = Wire(served.service.port)
        self.root = self.wire.as_person(served.service.administrator)
        self.known: list[Session] = []
        self.steps: list[str] = []
        number = next(numbers)
        saved = {name: served.service.local_service.save(f"{name}{number}") for name in NAMES}
        self.accounts = {name: Account(str(user.id), user.username) for name, user in saved.items()}
        for name in ("Ada", "Ada", "Grace"):
            self.log_in(name, refreshed=2)

    def walk(self, number: int) -> None:
        """Make this number of steps, a crash among them, and compare after each."""
        crash_at = self.random.randrange(number)
        for place in range(number):
            self.crash() if place == crash_at else self.make_step()
            self.compare()

    def make_step(self) -> None:
        choose, session, times = self.random.choice, self.draw_session(), self.random.randint(1, 2)
        steps = {
            "refresh": lambda: self.refresh(session, times),
            "replay the last": lambda: self.replay(session, 1, times),
            "replay an older one": lambda: self.replay(session, choose([2, 3]), times),
            "log out": lambda: self.log_out(session, "local", choose([True, False])),
            "log out others": lambda: self.log_out(session, "others", choose([True, False])),
            "log out all": lambda: self.log_out(session, "global", choose([True, False])),
            "end one": lambda: self.end_in_the_list(session, self.draw_session()),
            "end others": lambda: self.end_in_the_list(session, None),
            "suspend": lambda: self.suspend(session, choose([True, False])),
            "end as administrator": lambda: self.end_as_administrator(session),
            "check tokens": lambda: self.check_all_tokens(session),
        }
        if len(_active(self.known)) < MAX_SESSIONS // 2:
            steps |= {
                "log in": lambda: self.log_in(choose(NAMES), refreshed=times),
                "change password": lambda: self.change_password(session),
            }
        few = len(_active(self.known)) < MIN_ACTIVE  # of which most steps would say little
        step = "log in" if few else choose(list(steps))
        self.steps.append(f"{step}: {session}")
        steps[step]()

    def draw_session(self) -> Session:
        """Draw active sessions more often than ended ones, which can do less."""
        return self.random.choice([*self.known, *_active(self.known) * 2])

    def log_in(self, name, refreshed):
        account = self.accounts[name]
        if account.suspended:  # failed attempts would pause the account
            self.reactivate(account)
        answer = self.wire.log_in(account.username, PASSWORDS[account.password])
        self.refresh(self.opened(name, answer), refreshed)

    def refresh(self, session, times):
        for _ in range(times):
            self.exchange(session, len(session.refresh) - 1)

    def replay(self, session, back, times):
        while session.state == ACTIVE and len(session.refresh) <= back:
            self.refresh(session, 1)
        index = max(0, len(session.refresh) - 1 - back)
        for _ in range(times):
            self.exchange(session, index)

    def exchange(self, session, index):
        """Exchange one of the refresh tokens of a session, by its index."""
        answer = self.wire.post("/api/refresh", {"refresh_token": session.refresh[index]})
        if session.state == ENDED:
            assert answer.error == "invalid_refresh_token"
        elif session.state == ACTIVE and index == len(session.refresh) - 1:
            session.refresh.append(answer.json["refresh_token"])
            session.access.append(answer.json["access_token"])
            session.used = next(times)
        elif session.state == ACTIVE and index == len(session.refresh) - 2 and self.served.grace:
            assert answer.json["refresh_token"] == session.refresh[-1]
            session.access.append(answer.json["access_token"])
            self.served.occurred["the same successor again"] += 1
        else:
            assert answer.error == "refresh_token_reused"
            self.served.occurred["reuse" if session.state == ACTIVE else "reuse again"] += 1
            session.state = STOLEN

    def log_out(self, session, scope, first):
        """Log out with the first or the latest access token, also of a session that has ended."""
        token = session.access[0 if first else -1]
        answer = self.wire.with_token(token).post(f"/api/logout?scope={scope}", None)
        assert answer.status == 204
        if session.state != ACTIVE:
            self.served.occurred["logged out already"] += 1
        elif scope == "local":
            session.state = ENDED
        else:
            self.end_all(session.owner, but=session if scope == "others" else None)

    def end_in_the_list(self, session, other):
        """End another session, or all others if none is drawn; it may be of any user."""
        which = "" if other is None else f"/{other.id}"
        answer = self.by(session).ask("DELETE", f"/api/me/sessions{which}")
        if session.state != ACTIVE:
            assert answer.status == 401
        elif other is None:
            assert answer.status == 204
            self.end_all(session.owner, but=session)
        elif other.owner == session.owner and other.state == ACTIVE:
            assert answer.status == 204
            other.state = ENDED
        else:
            assert answer.error == "session_not_found"

    def change_password(self, session):
        account = self.accounts[session.owner]
        now, then = PASSWORDS[account.password], PASSWORDS[1 - account.password]
        body = {"current_password": now, "new_password": then}
        answer = self.by(session).post("/api/me/password", body)
        if session.state != ACTIVE:
            assert answer.status == 401
            return
        account.password = 1 - account.password
        self.end_all(session.owner)
        self.opened(session.owner, answer)

    def suspend(self, session, reactivated):
        account = self.accounts[session.owner]
        its = f"/api/users/{account.id}"
        assert self.root.patch(its, {"status": "suspended"}).status == 200
        account.suspended = True
        self.end_all(session.owner)
        if reactivated:
            self.reactivate(account)

    def reactivate(self, account):
        its = f"/api/users/{account.id}"
        assert self.root.patch(its, {"status": "active"}).status == 200
        account.suspended = False

    def end_as_administrator(self, session):
        theirs = f"/api/users/{self.accounts[session.owner].id}/sessions"
        answer = self.root.ask("DELETE", f"{theirs}/{session.id}")
        assert answer.status == (204 if session.state == ACTIVE else 404)
        session.state = ENDED if session.state == ACTIVE else session.state

    def check_all_tokens(self, session):
        active = session.state == ACTIVE
        assert {self.active(token) for token in session.access} == {active}
        used = {self.active(token) for token in session.refresh[:-1]}
        assert used <= {False}

    def crash(self):
        self.steps.append("crash")
        self.served.crash()
        self.served.occurred["crash"] += 1

    def opened(self, name: str, answer: Answer) -> Session:
        assert answer.status == 200
        session = Session(name, answer.json["access_token"], answer.json["refresh_token"])
        if len(self.known) >= MAX_SESSIONS and (
            ended := [s for s in self.known if s.state == ENDED]
        ):
            self.known.remove(ended[0])  # it has been checked often enough
        self.known.append(session)
        return session

    def by(self, session: Session) -> Wire:
        return self.wire.with_token(session.access[-1])

    def end_all(self, name: str, but: Session | None = None) -> None:
        for session in self.known:
            if session.owner == name and session is not but and session.state == ACTIVE:
                session.state = ENDED

    def active(self, token: str) -> bool:
        return self.root.post_form("/api/introspect", token=token).json["active"]

    def compare(self):
        self.tokens_work_exactly_while_their_session_is_active()
        self.lists_contain_active_and_stolen_sessions()

    def tokens_work_exactly_while_their_session_is_active(self):
        for session in self.known:
            active = session.state == ACTIVE
            for token in {session.access[0], session.access[-1]}:
                status = self.wire.with_token(token).send("GET", "/api/me").status
                assert status == (200 if active else 401), session
            assert self.active(session.refresh[-1]) is active, session

    def lists_contain_active_and_stolen_sessions(self):
        for name, account in self.accounts.items():
            shown = [one for one in self.known if one.owner == name and one.state in REASON]
            shown.sort(key=lambda one: one.used, reverse=True)
            items = self.root.get(f"/api/users/{account.id}/sessions").json["items"]
            listed = [(one["id"], one["end_reason"]) for one in items]
            assert listed == [(one.id, REASON[one.state]) for one in shown]
            self.check_own_list(shown)

    def check_own_list(self, shown: list[Session]) -> None:
        for session in _active(shown)[:1]:
            items = self.by(session).get("/api/me/sessions").json["items"]
            listed = [(one["id"], one["current"]) for one in items]
            assert listed == [(one.id, one is session) for one in shown]
