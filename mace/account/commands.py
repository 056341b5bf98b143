"""What may change about signing in: attempts, passwords, sessions."""

import hashlib
import secrets
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from uuid import UUID

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import col, select

from mace.database import MaceSession, transaction, wait_turn
from mace.domain.errors import Refused
from mace.domain.policy import system_actor
from mace.models import Agency, Person, SignInAttempt, SignInMethod
from mace.web.login import begin_session, can_sign_in

HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
"""OWASP's minimum for argon2id: about 45 ms; the throttle does the rest."""
AT_ONCE = BoundedSemaphore(4)
WINDOW = timedelta(minutes=5)
PER_ACCOUNT = 5
PER_ADDRESS = 30
LONGEST = 128
_NOBODY = HASHER.hash(secrets.token_hex(16))

WRONG = "The email address or password is wrong. Check both and try again."
TOO_MANY = "Too many tries. Wait 5 minutes, then try again."


def add_password(session: MaceSession, person_id: UUID, password: str) -> None:
    """Give a person a password, in place of any before. Runs inside ``transaction``."""
    wanted = select(SignInMethod).where(SignInMethod.person_id == person_id, SignInMethod.kind == "password")
    method = session.exec(wanted).one_or_none()
    if method is None:
        session.add(SignInMethod(person_id=person_id, kind="password", secret_hash=HASHER.hash(password)))
    else:
        method.secret_hash = HASHER.hash(password)


def name_person(session: MaceSession, name: str, agency_id: UUID, job: str = "") -> Person:
    """Somebody named in the work who has no account: the one of that name at that agency, or a new one.

    With an account or without, nobody stands twice at one agency. Runs inside ``transaction``.
    """
    if not name.strip():
        raise Refused("Enter their name", "name")
    if session.get(Agency, agency_id) is None:
        raise Refused("Choose their agency", "agency")
    wanted = " ".join(name.split())
    there = select(Person).where(Person.agency_id == agency_id, col(Person.is_active)).order_by(col(Person.id))
    for person in session.exec(there):
        if person.name.casefold() == wanted.casefold():
            return person
    person = Person(name=wanted, agency_id=agency_id, job=job)
    session.add(person)
    session.flush()
    return person


def sign_in(session: MaceSession, email: str, password: str, address: str, *, now: datetime) -> str:
    """Check e-mail and password and start a session; returns its token.

    The try is counted, and committed, before anything is verified (``security.md`` F8). Raises :class:`Refused` with
    the same sentence whatever was wrong.
    """
    email = email.strip().lower()
    account = hashlib.sha256(email.encode("utf-8", "replace")).hexdigest()
    attempt_id = _count_attempt(session, account, address, now)
    person, method = _account(session, email)
    with AT_ONCE:
        matches = len(password) <= LONGEST and _matches(method.secret_hash if method else _NOBODY, password)
    if person is None or method is None or not matches or not can_sign_in(person, now):
        raise Refused(WRONG, "password")
    person_id, method_id = person.id, method.id
    stronger = HASHER.hash(password) if HASHER.check_needs_rehash(method.secret_hash) else None
    with transaction(session, system_actor("sign-in")):
        session.get_one(SignInAttempt, attempt_id).succeeded = True
        if stronger is not None:
            session.get_one(SignInMethod, method_id).secret_hash = stronger
    return start_session(session, person_id, now=now)


def start_session(session: MaceSession, person_id: UUID, *, now: datetime) -> str:
    """A new live session with a fresh 256-bit token."""
    token = secrets.token_urlsafe(32)
    begin_session(session, person_id, token, now)
    return token


def _count_attempt(session: MaceSession, account: str, address: str, now: datetime) -> UUID:
    with transaction(session, system_actor("sign-in")):
        wait_turn(session, "sign-in")
        recent: list[sa.ColumnElement[bool]] = [
            col(SignInAttempt.at) > now - WINDOW,
            col(SignInAttempt.succeeded).is_(False),
        ]
        tries = session.exec(
            select(
                sa.func.count().filter(col(SignInAttempt.account) == account),
                sa.func.count().filter(col(SignInAttempt.address) == address),
            ).where(*recent)
        ).one()
        if tries[0] >= PER_ACCOUNT or tries[1] >= PER_ADDRESS:
            raise Refused(TOO_MANY, "password")
        attempt = SignInAttempt(account=account, address=address, at=now)
        session.add(attempt)
    return attempt.id


def _account(session: MaceSession, email: str) -> tuple[Person, SignInMethod] | tuple[None, None]:
    found = session.exec(
        select(Person, SignInMethod)
        .join(SignInMethod, col(SignInMethod.person_id) == col(Person.id))
        .where(Person.email == email, SignInMethod.kind == "password")
    ).one_or_none()
    return found if found is not None else (None, None)


def _matches(secret_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(secret_hash, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
