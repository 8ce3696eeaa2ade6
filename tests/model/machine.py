"""Sessions as they should be, and the service that has to be like them, step by step."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.hostile.wire import Answer, Wire
from tests.service import Service, launch
from tests.support import PASSWORD

PASSWORDS = (PASSWORD, "the analytical engine weaves")
LASTING, ENDED, STOLEN = "lasting", "ended", "stolen"
REASON = {LASTING: None, STOLEN: "refresh_token_reused"}  # of those that are shown
MOST = 8  # sessions that are looked at after every step, those that have ended among them
NAMES = ["Ada", "Grace"]

numbers = count(1)
moments = count(1)  # of the model: it asks no clock


class Session:
    """No dataclass: of those a failed example would print every token."""

    def __init__(self, owner: str, access_token: str, refresh_token: str) -> None:
        self.id = refresh_token.partition(".")[0]
        self.owner = owner
        self.access = [access_token]
        self.refresh = [refresh_token]  # oldest first
        self.state = LASTING
        self.opened = self.used = next(moments)

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
    """A service that can crash, and what the machines have led it through."""

    service: Service
    place: Path
    occurred: Counter[str] = field(default_factory=Counter)

    @property
    def grace(self) -> bool:
        return self.service.settings["refresh_grace_seconds"] > 0

    def crash(self) -> None:
        """End it without a word, and start it again on what it has left."""
        self.service.kill()
        local_service, administrator = self.service.local_service, self.service.administrator
        self.service = launch(self.place, self.service.settings)
        self.service.__dict__ |= {"local_service": local_service, "administrator": administrator}


def _any_session(machine: "Sessions") -> st.SearchStrategy[Session]:
    """Draw those that last more often: the others cannot do much."""
    return st.sampled_from([*machine.known, *_lasting(machine.known) * 3])


def _lasting(sessions: list[Session]) -> list[Session]:
    return [session for session in sessions if session.state == LASTING]


SESSION = st.runner().flatmap(_any_session)
some = precondition(lambda machine: machine.known)
room = precondition(lambda machine: len(_lasting(machine.known)) < MOST // 2)


class Sessions(RuleBasedStateMachine):
    """Two people and an administrator, and whatever they may do, in any order."""

    def __init__(self, served: Served) -> None:
        super().__init__()
        self.served = served
        self.wire = Wire(served.service.port)
        self.root = self.wire.of(served.service.administrator)
        self.known: list[Session] = []
        self.crashed = False

    @initialize()
    def open_accounts(self) -> None:
        number = next(numbers)
        saved = {name: self.served.service.local_service.save(f"{name}{number}") for name in NAMES}
        self.accounts = {name: Account(str(user.id), user.username) for name, user in saved.items()}
        for name in ("Ada", "Ada", "Grace"):
            self.log_in(name, refreshed=2)

    @rule(name=st.sampled_from(NAMES), refreshed=st.integers(0, 3))
    @room
    def log_in(self, name, refreshed):
        account = self.accounts[name]
        if account.suspended:  # an attempt that fails would be counted, and pause at last
            self.reactivate(account)
        answer = self.wire.log_in(account.username, PASSWORDS[account.password])
        self.refresh(self.opened(name, answer), refreshed)

    @rule(session=SESSION, times=st.integers(1, 3))
    @some
    def refresh(self, session, times):
        for _ in range(times):
            self.exchange(session, len(session.refresh) - 1)

    @rule(session=SESSION, back=st.integers(1, 3), times=st.integers(1, 2))
    @some
    def replay(self, session, back, times):
        while session.state == LASTING and len(session.refresh) <= back:
            self.refresh(session, 1)
        index = max(0, len(session.refresh) - 1 - back)
        for _ in range(times):
            self.exchange(session, index)

    def exchange(self, session, index):
        """Give in one of the refresh tokens that a session has had."""
        answer = self.wire.post("/api/refresh", {"refresh_token": session.refresh[index]})
        if session.state == ENDED:
            assert answer.error == "invalid_refresh_token"
        elif session.state == LASTING and index == len(session.refresh) - 1:
            session.refresh.append(answer.json["refresh_token"])
            session.access.append(answer.json["access_token"])
            session.used = next(moments)
        elif session.state == LASTING and index == len(session.refresh) - 2 and self.served.grace:
            assert answer.json["refresh_token"] == session.refresh[-1]
            session.access.append(answer.json["access_token"])
            self.served.occurred["the same successor again"] += 1
        else:
            assert answer.error == "refresh_token_reused"
            self.served.occurred["reuse" if session.state == LASTING else "reuse again"] += 1
            session.state = STOLEN

    @rule(
        session=SESSION, scope=st.sampled_from(["local", "others", "global"]), first=st.booleans()
    )
    @some
    def log_out(self, session, scope, first):
        """It may come with an old access token, and from who has logged out already."""
        token = session.access[0 if first else -1]
        answer = self.wire.bearing(token).post(f"/api/logout?scope={scope}", None)
        assert answer.status == 204
        if session.state != LASTING:
            self.served.occurred["logged out already"] += 1
        elif scope == "local":
            session.state = ENDED
        else:
            self.end_all(session.owner, but=session if scope == "others" else None)

    @rule(session=SESSION, other=st.none() | SESSION)
    @some
    def end_in_the_list(self, session, other):
        """Another, or where none is named all others; it may be that in hand, or somebody's."""
        which = "" if other is None else f"/{other.id}"
        answer = self.by(session).ask("DELETE", f"/api/me/sessions{which}")
        if session.state != LASTING:
            assert answer.status == 401
        elif other is None:
            assert answer.status == 204
            self.end_all(session.owner, but=session)
        elif other.owner == session.owner and other.state == LASTING:
            assert answer.status == 204
            other.state = ENDED
        else:
            assert answer.error == "session_not_found"

    @rule(session=SESSION)
    @some
    @room
    def change_password(self, session):
        account = self.accounts[session.owner]
        now, then = PASSWORDS[account.password], PASSWORDS[1 - account.password]
        body = {"current_password": now, "new_password": then}
        answer = self.by(session).post("/api/me/password", body)
        if session.state != LASTING:
            assert answer.status == 401
            return
        account.password = 1 - account.password
        self.end_all(session.owner)
        self.opened(session.owner, answer)

    @rule(session=SESSION, reactivated=st.booleans())
    @some
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

    @rule(session=SESSION)
    @some
    def end_as_administrator(self, session):
        theirs = f"/api/users/{self.accounts[session.owner].id}/sessions"
        answer = self.root.ask("DELETE", f"{theirs}/{session.id}")
        assert answer.status == (204 if session.state == LASTING else 404)
        session.state = ENDED if session.state == LASTING else session.state

    @rule(session=SESSION)
    @some
    def look_at_all_tokens(self, session):
        lasting = session.state == LASTING
        assert {self.active(token) for token in session.access} == {lasting}
        spent = {self.active(token) for token in session.refresh[:-1]}
        assert spent <= {False}

    @rule()
    @precondition(lambda self: len(self.known) >= MOST // 2 and not self.crashed)
    def crash(self):
        """Where there is much to lose, and once each time, for it takes a second."""
        self.crashed = True
        self.served.crash()
        self.served.occurred["crash"] += 1

    def opened(self, name: str, answer: Answer) -> Session:
        assert answer.status == 200
        session = Session(name, answer.json["access_token"], answer.json["refresh_token"])
        if len(self.known) >= MOST and (ended := [s for s in self.known if s.state == ENDED]):
            self.known.remove(ended[0])  # it has been looked at often enough
        self.known.append(session)
        return session

    def by(self, session: Session) -> Wire:
        return self.wire.bearing(session.access[-1])

    def end_all(self, name: str, but: Session | None = None) -> None:
        for session in self.known:
            if session.owner == name and session is not but and session.state == LASTING:
                session.state = ENDED

    def active(self, token: str) -> bool:
        return self.root.post("/api/introspect", {"token": token}).json["active"]

    @invariant()
    def tokens_are_good_as_long_as_their_session_lasts(self):
        for session in self.known:
            lasting = session.state == LASTING
            for token in {session.access[0], session.access[-1]}:
                status = self.wire.bearing(token).send("GET", "/api/me").status
                assert status == (200 if lasting else 401), session
            assert self.active(session.refresh[-1]) is lasting, session

    @invariant()
    def lists_hold_the_sessions_that_last_and_those_that_were_stolen(self):
        for name, account in self.accounts.items():
            shown = [one for one in self.known if one.owner == name and one.state in REASON]
            shown.sort(key=lambda one: one.used, reverse=True)
            items = self.root.get(f"/api/users/{account.id}/sessions").json["items"]
            told = [(one["id"], one["end_reason"]) for one in items]
            assert told == [(one.id, REASON[one.state]) for one in shown]
            self.hold_own_list(shown)

    def hold_own_list(self, shown: list[Session]) -> None:
        for session in _lasting(shown)[:1]:
            items = self.by(session).get("/api/me/sessions").json["items"]
            told = [(one["id"], one["current"]) for one in items]
            assert told == [(one.id, one is session) for one in shown]
