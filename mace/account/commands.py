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

from mace import history
from mace.database import MaceSession, transaction
from mace.domain.errors import Refused
from mace.domain.policy import system_actor
from mace.models import Person, SignInAttempt, SignInMethod
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
    """Give a person a password. Runs inside ``transaction``."""
    session.add(SignInMethod(person_id=person_id, kind="password", secret_hash=HASHER.hash(password)))


def sign_in(session: MaceSession, email: str, password: str, address: str, *, now: datetime) -> str:
    """Check e-mail and password and start a session; returns its token.

    The try is counted, and committed, before anything is verified (``security.md`` F8). Raises :class:`Refused` with
    the same sentence whatever was wrong.
    """
    email = email.strip().lower()
    account = hashlib.sha256(email.encode("utf-8", "replace")).hexdigest()
    attempt_id = _count_attempt(session, account, address, now)
    person, secret = _account(session, email)
    with AT_ONCE:
        matches = len(password) <= LONGEST and _matches(secret or _NOBODY, password)
    if person is None or secret is None or not matches or not can_sign_in(person, now):
        raise Refused(WRONG, "password")
    with transaction(session, system_actor("sign-in")):
        session.get_one(SignInAttempt, attempt_id).succeeded = True
        history.note(session, "signed in", object_id=str(person.id))
    return start_session(session, person.id, now=now)


def start_session(session: MaceSession, person_id: UUID, *, now: datetime) -> str:
    """A new live session with a fresh 256-bit token."""
    token = secrets.token_urlsafe(32)
    begin_session(session, person_id, token, now)
    return token


def _count_attempt(session: MaceSession, account: str, address: str, now: datetime) -> UUID:
    with transaction(session, system_actor("sign-in")):
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


def _account(session: MaceSession, email: str) -> tuple[Person | None, str | None]:
    found = session.exec(
        select(Person, SignInMethod.secret_hash)
        .join(SignInMethod, col(SignInMethod.person_id) == col(Person.id))
        .where(Person.email == email, SignInMethod.kind == "password")
    ).one_or_none()
    return found if found is not None else (None, None)


def _matches(secret_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(secret_hash, password)
    except (VerificationError, InvalidHashError):
        return False
