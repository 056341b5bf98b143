"""flask-login over the table of live sessions: a cookie holds a random token, the table its SHA-256."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, current_app, g, request
from flask import session as cookie
from flask_login import LoginManager, UserMixin
from sqlmodel import col, select

from mace import history
from mace.calendar import london_day
from mace.database import MaceSession, plain_rows, rows, transaction, wait_turn
from mace.domain.policy import Actor, Role, system_actor
from mace.domain.vocabulary import AgencyKind
from mace.models import Agency, LiveSession, Person, RoleHolding
from mace.settings import Settings

SEEN_EVERY = timedelta(seconds=10)
"""How often being seen is written down: the idle limit can come that much early, never late."""
ELSEWHERE = "signed in elsewhere"


@dataclass(frozen=True, slots=True)
class SignedIn(UserMixin):
    """The person behind this request, decided from the database at each request."""

    token: str
    actor: Actor

    def get_id(self) -> str:
        """What the cookie holds: the session's token, never the person's id."""
        return self.token


def token_hash(token: str) -> str:
    """What the table holds instead of the token."""
    return hashlib.sha256(token.encode()).hexdigest()


def init_login(app: Flask, settings: Settings) -> None:
    """Let flask-login find people through the session table. No "remember me"."""
    manager = LoginManager()
    manager.session_protection = None
    manager.init_app(app)

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> SignedIn | None:
        view = current_app.view_functions.get(request.endpoint or "")
        is_poll = request.method == "GET" and getattr(getattr(view, "declared", None), "quiet", False)
        return find_signed_in(g.session, token, settings, datetime.now(UTC), is_activity=not is_poll)

    app.config.update(
        SESSION_COOKIE_NAME="__Host-mace" if settings.https else "mace",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=settings.absolute_limit,
        WTF_CSRF_TIME_LIMIT=None,
    )


_SIGNED_IN = (
    sa.select(
        col(LiveSession.ended_at),
        col(LiveSession.ended_because),
        col(LiveSession.started_at),
        col(LiveSession.seen_at),
        col(Person.id),
        col(Person.name),
        col(Person.job),
        col(Person.is_active),
        col(Person.leaves_on),
        col(Person.agency_id),
        col(Agency.name).label("agency"),
        col(Agency.kind),
        col(RoleHolding.role),
        col(RoleHolding.team_id),
    )
    .join(Person, col(Person.id) == col(LiveSession.person_id))
    .join(Agency, col(Agency.id) == col(Person.agency_id))
    .outerjoin(
        RoleHolding,
        sa.and_(
            col(RoleHolding.person_id) == col(Person.id),
            col(RoleHolding.starts_on) <= sa.bindparam("day"),
            sa.or_(col(RoleHolding.ends_on).is_(None), col(RoleHolding.ends_on) >= sa.bindparam("day")),
        ),
    )
    .where(col(LiveSession.token_hash) == sa.bindparam("token"), col(LiveSession.kind) == "person")
)
"""Session, person, agency and roles in one query, built once: every page asks it."""


def find_signed_in(
    session: MaceSession, token: str, settings: Settings, now: datetime, *, is_activity: bool = True
) -> SignedIn | None:
    """The live session with this token and who it belongs to; None once ended, idle too long or too old.

    A page that asks by itself whether there is news (``is_activity`` false) keeps nobody signed in.
    """
    found = plain_rows(session, _SIGNED_IN, {"token": token_hash(token), "day": london_day(now)})
    if not found or _ended_because(found[0], found[0], settings, now):
        return None
    live = found[0]
    actor = _actor(
        (live.id, live.name, live.job), (live.agency_id, live.kind, live.agency), [(r.role, r.team_id) for r in found]
    )
    if is_activity and now - live.seen_at > SEEN_EVERY:
        with transaction(session, actor):
            session.get_one(LiveSession, token_hash(token)).seen_at = now
    return SignedIn(token, actor)


def why_signed_out(session: MaceSession, token: str, settings: Settings, now: datetime) -> str:
    """The sentence that tells whoever holds this dead session why it ended; empty where there is nothing to say."""
    row = session.exec(
        select(LiveSession, Person)
        .join(Person, col(Person.id) == col(LiveSession.person_id))
        .where(LiveSession.token_hash == token_hash(token), LiveSession.kind == "person")
    ).one_or_none()
    return _ended_because(*row, settings, now) if row is not None else ""


def _ended_because(live: Any, person: Any, settings: Settings, now: datetime) -> str:
    if live.ended_at is not None:
        if live.ended_because == ELSEWHERE:
            return (
                "You were signed out here because you signed in somewhere else. "
                "If that was not you, tell your administrator."
            )
        return "You have signed out."
    if not can_sign_in(person, now):
        return "Your account is closed. If you still need it, ask your administrator."
    if now - live.started_at > settings.absolute_limit:
        return f"You were signed out after {_in_words(settings.absolute_limit)}."
    if now - live.seen_at > settings.idle_limit:
        return f"You were signed out after {_in_words(settings.idle_limit)} without activity."
    return ""


def _in_words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} hours" if minutes >= 120 and minutes % 60 == 0 else f"{minutes} minutes"


def can_sign_in(person: Any, now: datetime) -> bool:
    """Whether the account is open today."""
    return person.is_active and (person.leaves_on is None or person.leaves_on >= london_day(now))


def actor_of(session: MaceSession, person: Person, agency: Agency, now: datetime) -> Actor:
    """The person with the roles they hold today."""
    day = london_day(now)
    held = rows(
        session,
        sa.select(col(RoleHolding.role), col(RoleHolding.team_id)).where(
            col(RoleHolding.person_id) == person.id,
            col(RoleHolding.starts_on) <= day,
            sa.or_(col(RoleHolding.ends_on).is_(None), col(RoleHolding.ends_on) >= day),
        ),
    )
    return _actor((person.id, person.name, person.job), (agency.id, agency.kind, agency.name), held)


def _actor(
    who: tuple[UUID, str, str], agency: tuple[UUID, AgencyKind, str], held: Iterable[tuple[Role | None, UUID | None]]
) -> Actor:
    """An actor from a person, their agency and the roles they hold with the team of each."""
    held = list(held)
    return Actor(
        name=who[1],
        person_id=who[0],
        agency_id=agency[0],
        agency_kind=agency[1],
        agency_name=agency[2],
        job=who[2],
        roles=frozenset(role for role, _ in held if role is not None),
        manages=frozenset(team for role, team in held if role is Role.TEAM_MANAGER and team is not None),
    )


def begin_session(session: MaceSession, person_id: Any, token: str, now: datetime) -> None:
    """Start a live session for this person and end any older one: one live session a person."""
    with transaction(session, system_actor("sign-in")):
        wait_turn(session, f"session of {person_id}")
        for older in session.exec(
            select(LiveSession).where(
                LiveSession.person_id == person_id,
                LiveSession.kind == "person",
                col(LiveSession.ended_at).is_(None),
            )
        ):
            older.ended_at, older.ended_because = now, ELSEWHERE
        history.note(session, "signed in", object_id=str(person_id))
        session.add(
            LiveSession(
                token_hash=token_hash(token),
                person_id=person_id,
                started_at=now,
                seen_at=now,
            )
        )


def end_session(session: MaceSession, token: str, now: datetime, because: str = "signed out") -> None:
    """Kill the session, and with it every copy of its cookie."""
    with transaction(session, system_actor("sign-in")):
        live = session.get(LiveSession, token_hash(token))
        if live is not None and live.ended_at is None:
            live.ended_at, live.ended_because = now, because
            history.note(session, "signed out", object_id=str(live.person_id))
    cookie.clear()
