""" "This is …": somebody named by a spreadsheet turns out to be a person who signs in."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import history, scope
from mace.database import MaceSession, rows
from mace.domain.errors import NotThere, Refused
from mace.domain.policy import Actor, Permission
from mace.intake.commands.uploads import check_may_import
from mace.models import (
    Action,
    ActionContributor,
    Agency,
    Allocation,
    Brief,
    Contribution,
    ImportedRow,
    Person,
    SignInMethod,
    UpdateRequest,
    Waiting,
    WorkingWith,
)


def match_person(session: MaceSession, actor: Actor, person_id: UUID, account_id: UUID, *, now: datetime) -> None:
    """Give an account what is unfinished in a named person's name: actions, children, what they said, what they are
    asked. What has ended keeps the name it ended under. Raises :class:`Refused` where it cannot be one person."""
    check_may_import(actor)
    named = session.get(Person, person_id)
    account = session.get(Person, account_id)
    if named is None or not _was_named_by_import(session, actor, person_id):
        raise NotThere
    if not named.is_active or _signs_in(session, person_id):
        raise Refused(f"{named.name} has been matched already")
    if account is None or not account.is_active or not _signs_in(session, account_id):
        raise Refused("Choose an account from the list", "account")
    if _kind(session, named.agency_id) is not _kind(session, account.agency_id):
        raise Refused("Choose an account of the same kind of agency", "account")
    _Move(session, actor, named, account).everything()
    named.is_active, named.same_as_id = False, account.id
    history.note(session, "matched", object_id=str(named.id), detail={"account": str(account.id)})


def _was_named_by_import(session: MaceSession, actor: Actor, person_id: UUID) -> bool:
    statement = sa.select(col(ImportedRow.id)).where(
        col(ImportedRow.kind) == "person", col(ImportedRow.made_id) == person_id
    )
    return bool(rows(session, scope.area(statement, actor, Permission.IMPORT_RUN)))


def _signs_in(session: MaceSession, person_id: UUID) -> bool:
    return bool(session.exec(select(SignInMethod.id).where(SignInMethod.person_id == person_id)).all())


def _kind(session: MaceSession, agency_id: UUID) -> Any:
    return session.exec(select(Agency.kind).where(Agency.id == agency_id)).one()


class _Move:
    """Moves what is unfinished from one person to another."""

    def __init__(self, session: MaceSession, actor: Actor, named: Person, account: Person) -> None:
        self.session, self.actor, self.named, self.account = session, actor, named, account

    def of(self, kind: Any, column: Any, *where: Any) -> Any:
        """Rows of a kind in the named person's name."""
        statement = select(kind).where(col(column) == self.named.id, *where)
        return self.session.exec(scope.area(statement, self.actor, Permission.IMPORT_RUN)).all()

    def everything(self) -> None:
        """It is the same person all along: no owner changes, no allocation ends."""
        account = self.account
        for action in self.of(Action, Action.owner_id, col(Action.ended_on).is_(None)):
            action.owner_id, action.owner_agency_id = account.id, account.agency_id
        for action in self.of(Action, Action.offered_to_id, col(Action.ended_on).is_(None)):
            action.offered_to_id = account.id
        for helper in self.of(ActionContributor, ActionContributor.person_id):
            helper.person_id, helper.agency_id = account.id, account.agency_id
        for allocation in self.of(Allocation, Allocation.person_id, col(Allocation.ended_on).is_(None)):
            allocation.person_id, allocation.team_id = account.id, account.team_id
        for listing in self.of(WorkingWith, WorkingWith.person_id, col(WorkingWith.ended_on).is_(None)):
            listing.person_id = account.id
        for said in self.of(Contribution, Contribution.source_person_id):
            said.source_person_id = account.id
        for waiting in self.of(Waiting, Waiting.chaser_id, col(Waiting.ended_on).is_(None)):
            waiting.chaser_id = account.id
        for asked in self.of(UpdateRequest, UpdateRequest.person_id, col(UpdateRequest.answered_at).is_(None)):
            asked.person_id = account.id
        theirs = sa.select(col(Brief.item_id)).where(col(Brief.person_id) == account.id)
        for brief in self.of(
            Brief, Brief.person_id, col(Brief.answered_at).is_(None), col(Brief.item_id).not_in(theirs)
        ):
            brief.person_id = account.id
