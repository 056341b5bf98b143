"""Decide about cells that differ in a newer copy: take the new words, or keep ours.

Taking goes by the rules of the history: no count gets lower, the first date and the day it was agreed stay, and what
a meeting here has looked at is ended by a meeting only.
"""

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from mace import scope
from mace.actions.commands import store_standing
from mace.calendar import london_day
from mace.children.commands import allocate, leave_meetings, search_name
from mace.database import MaceSession
from mace.domain.area import Area
from mace.domain.errors import Refused
from mace.domain.policy import Actor, Permission
from mace.domain.tracker import (
    ENDED,
    in_time,
    is_closed_word,
    read_day,
    read_harms,
    read_level,
    read_notes,
    read_owner,
    read_state,
)
from mace.domain.vocabulary import ActionState, AgencyKind
from mace.intake.commands.bring_in import NOT_SAID
from mace.intake.commands.roster import Roster
from mace.intake.commands.uploads import check_may_import
from mace.intake.queries.changes import STAYS
from mace.intake.queries.people import list_agencies_here, list_people_here
from mace.models import Action, ActionContributor, Child, ImportChange, ImportedRow, Subject


def decide_change(
    session: MaceSession, actor: Actor, change_id: UUID, *, take: bool, area: Area, now: datetime
) -> ImportChange:
    """Decide one changed cell. Raises :class:`Refused` where the new words cannot be taken, and says why."""
    check_may_import(actor)
    statement = (
        select(ImportChange, ImportedRow)
        .join(ImportedRow, col(ImportedRow.id) == col(ImportChange.imported_row_id))
        .where(ImportChange.id == change_id)
    )
    change, row = scope.one_row(session, scope.area(statement, actor, Permission.IMPORT_RUN))
    if change.decided_at is not None:
        raise Refused("This cell has been decided already")
    if take:
        taker = _Taker(session, actor, change, row, area, now)
        if row.kind == "action":
            taker.action()
        else:
            taker.child()
    change.taken, change.decided_at, change.decided_by_id = take, now, actor.person_id
    found: ImportChange = change
    return found


class _Taker:
    """Takes one cell."""

    def __init__(
        self,
        session: MaceSession,
        actor: Actor,
        change: ImportChange,
        row: ImportedRow,
        area: Area,
        now: datetime,
    ) -> None:
        self.session, self.actor, self.change, self.row = session, actor, change, row
        self.area, self.now, self.today = area, now, london_day(now)
        self.new = change.new

    def one(self, statement: Any) -> Any:
        """The row that the cell belongs to."""
        return scope.one(self.session, scope.area(statement, self.actor, Permission.IMPORT_RUN))

    def refuse(self, reason: str) -> Refused:
        """A "no" that stands beside this cell."""
        return Refused(reason, str(self.change.id))

    def words(self) -> str:
        """The new words, where there must be some."""
        if not self.new:
            raise self.refuse("The new cell is empty, so there is nothing to take. Keep ours.")
        return self.new

    def day(self) -> date:
        """The new day."""
        read = read_day(self.words())
        if read.day is None:
            raise self.refuse(f"“{self.new[:60]}” is not a date, so there is nothing to take. Keep ours.")
        return read.day

    # An action

    def action(self) -> None:
        """Change the action as its row now says."""
        if self.change.field in STAYS:
            raise self.refuse(STAYS[self.change.field])
        action: Action = self.one(select(Action).where(Action.id == self.row.made_id))
        match self.change.field:
            case "what":
                action.what = self.words()
            case "owner" | "agency":
                self.owner(action)
            case "due":
                self.due(action)
            case "state":
                self.state(action)
            case "ended_on":
                self.ended_on(action)
        store_standing(self.session, [action], self.today, self.area)

    def unfinished(self, action: Action) -> None:
        """Nothing about an ended action changes but how it ended."""
        if action.ended_on is not None:
            raise self.refuse("This action has ended here. Keep ours.")

    def owner(self, action: Action) -> None:
        """Somebody else owns it now. Nobody has accepted it in their name yet."""
        self.unfinished(action)
        cells = {**json.loads(self.row.values), self.change.field: self.new}
        read = read_owner(cells.get("owner", ""))
        kind = read.agency or read_owner(cells.get("agency", "")).agency
        if read.person is None and kind is None:
            raise self.refuse(f"“{self.new[:60]}” names nobody. Keep ours.")
        roster = self.roster(action.series_id)
        owner = roster.owner(read.person, kind)
        if owner[0] is None and action.confirmed_at is not None:
            raise self.refuse("A meeting here has looked at this action, so one person must own it. Keep ours.")
        if owner == (action.owner_id, action.owner_agency_id):
            return
        action.owner_id, action.owner_agency_id = owner
        action.owner_changes += 1
        action.owner_accepted_at = None
        for helper in read.contributors:
            person_id, agency_id = roster.owner(helper.person, helper.agency)
            self.session.add(ActionContributor(action_id=action.id, person_id=person_id, agency_id=agency_id))

    def roster(self, series_id: UUID | None) -> Roster:
        """Who is here, and who has to be named."""
        agencies = list_agencies_here(self.session, series_id)
        return Roster(self.session, list_people_here(self.session), agencies, self.made)

    def made(self, kind: str, made_id: UUID) -> None:
        """A person or agency first named by this cell belongs to the batch that brought it."""
        self.session.add(ImportedRow(batch_id=self.change.batch_id, kind=kind, row_key=str(made_id), made_id=made_id))

    def due(self, action: Action) -> None:
        """A new date; the first one, and the day after which it is late, stay."""
        self.unfinished(action)
        day = self.day()
        if day < action.set_on:
            raise self.refuse("The new date is before the action was agreed. Keep ours.")
        if day != action.due:
            action.date_moves += int(action.due is not None)
            action.due = day

    def state(self, action: Action) -> None:
        """How far it is. The spreadsheet alone ends it only while nobody here has looked at it or reported on it;
        after that "done" is a report, which a meeting accepts."""
        read = read_state(self.words())
        if read.problem:
            raise self.refuse(f"“{self.new[:60]}” is not a status we know. Keep ours.")
        begun = action.state in (ActionState.OPEN, ActionState.IN_PROGRESS)
        if action.confirmed_at is None and (begun or action.ended_on is not None):
            action.state, action.ended_on = read.state, self.ended_day() if read.state.is_ended else None
            ended_unfinished = read.state in (ActionState.STOPPED, ActionState.NO_LONGER_NEEDED)
            action.ended_because = action.what_covers_it = NOT_SAID if ended_unfinished else ""
        elif read.state is ActionState.DONE and begun:
            action.state, action.reported_done_on = ActionState.REPORTED_DONE, self.ended_day()
            action.reported_done_at, action.evidence = self.now, f"The spreadsheet says “{self.new}”"
        else:
            raise self.refuse(
                f"Here it is “{action.state.label.lower()}”: a meeting decides what comes next. Keep ours."
            )

    def ended_day(self) -> date:
        """The day its row says it ended, as far as it goes: the cell for it, its last note that says so, or today."""
        cells = self.newest()
        typed = read_day(cells.get("ended_on", "")).day
        notes = (in_time(note, self.today) for note in read_notes(cells.get("notes", "")))
        noted = [note.day for note in notes if note.kind == ENDED and note.day]
        return typed if typed and typed <= self.today else (noted[-1] if noted else self.today)

    def newest(self) -> dict[str, str]:
        """The cells of the row as its newest copy has them."""
        statement = (
            select(ImportChange).where(ImportChange.imported_row_id == self.row.id).order_by(col(ImportChange.id))
        )
        changes = self.session.exec(scope.area(statement, self.actor, Permission.IMPORT_RUN)).all()
        cells: dict[str, str] = json.loads(self.row.values)
        for change in changes:
            if change.batch_id == self.change.batch_id:
                cells[change.field] = change.new
        return cells

    def ended_on(self, action: Action) -> None:
        """The day it ended, for one that a spreadsheet ended."""
        day = self.day()
        if action.ended_on is None or action.confirmed_at is not None:
            raise self.refuse("Here it has not ended by the spreadsheet alone. Keep ours.")
        if day > self.today:
            raise self.refuse("The day it ended cannot be in the future. Keep ours.")
        action.ended_on = day

    # A child

    def child(self) -> None:
        """Change the child as its row now says."""
        subject: Subject = self.one(select(Subject).where(Subject.id == self.row.made_id))
        child: Child = self.one(select(Child).where(Child.subject_id == self.row.made_id))
        match self.change.field:
            case "name":
                subject.name = self.words()[:200]
                subject.search_name = search_name(subject.name, child.also_known_as)
            case "born":
                child.born_on = self.day()
            case "worker":
                self.worker(subject)
            case "since":
                subject.on_mace_since = min(self.day(), self.today)
            case "harms":
                child.harms = ",".join(harm.value for harm in self.harms())
            case "level":
                self.level(subject)
            case "status":
                self.status(subject)
            case _:
                raise self.refuse("This cell is how the row is found again, so it stays. Keep ours.")
        subject.details_saved_at = self.now

    def harms(self) -> Any:
        """The kinds of harm we know among the new words."""
        found = read_harms(self.words()).harms
        if not found:
            raise self.refuse(f"“{self.new[:60]}” names no kind of harm we know. Keep ours.")
        return found

    def level(self, subject: Subject) -> None:
        """The level, as somebody else's meeting saw it."""
        level = read_level(self.words()).level
        if level is None:
            raise self.refuse(f"“{self.new[:60]}” is not a level we know. Keep ours.")
        subject.level, subject.level_on = level, self.today

    def worker(self, subject: Subject) -> None:
        """Another worker from today. The one before loses access at once."""
        read = read_owner(self.words())
        if read.person is None:
            raise self.refuse(f"“{self.new[:60]}” names no worker. Keep ours.")
        person_id, _ = self.roster(None).owner(read.person, read.agency or AgencyKind.SOCIAL_CARE)
        if person_id is not None:
            allocate(self.session, self.actor, subject.id, person_id, now=self.now)

    def status(self, subject: Subject) -> None:
        """Closed, where nothing is left to do. Bringing a child back needs a reason of its own."""
        if not is_closed_word(self.words()):
            raise self.refuse("To take the child on again, say why on the child’s own page. Keep ours.")
        try:
            leave_meetings(
                self.session, self.actor, subject.id, f"The spreadsheet says “{self.new[:60]}”", now=self.now
            )
        except Refused as no:
            raise self.refuse(f"{no.reason}. Keep ours until then.") from no
