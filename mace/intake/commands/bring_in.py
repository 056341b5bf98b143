"""Import: everything a plan would make, in the one transaction of its caller, and nothing twice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import history, scope
from mace.actions.commands import next_number, store_standing
from mace.calendar import london_day
from mace.database import MaceSession, rows
from mace.domain.area import Area
from mace.domain.errors import Refused
from mace.domain.ledger import ActionFacts, late_line, would_carry_late
from mace.domain.names import folded
from mace.domain.policy import Actor, Permission
from mace.domain.tracker import CARRIED, Note, Plan, PlannedAction, PlannedChild
from mace.domain.vocabulary import (
    ActionState,
    AgencyKind,
    Decision,
    Harm,
    LineKind,
    RiskLevel,
    SubjectKind,
)
from mace.intake.commands.roster import Roster
from mace.intake.commands.uploads import check_may_import
from mace.intake.queries.batches import SPREADSHEET, STATUS, UNDATED
from mace.intake.queries.known import Changed, Known, KnownRow, chunks, list_known
from mace.intake.queries.people import list_agencies_here, list_people_here
from mace.models import (
    Action,
    ActionChild,
    ActionContributor,
    Allocation,
    Child,
    Concern,
    Contribution,
    ImportBatch,
    ImportChange,
    ImportedRow,
    LedgerLine,
    Series,
    SeriesAgency,
    Subject,
)

NOT_SAID = "Not said in the spreadsheet"
CLOSED = "Closed in the spreadsheet, which does not say when"
KEPT_IN_MEMORY = 5_000
"""So many changes are gathered before they are chained: a large import stays small in memory."""


@dataclass(frozen=True, slots=True)
class Into:
    """Where an import goes: a series, or the name of one to be made."""

    series_id: UUID | None = None
    new_name: str = ""


def bring_in(
    session: MaceSession,
    actor: Actor,
    plan: Plan,
    into: Into,
    *,
    digest: str,
    area: Area,
    now: datetime,
    at_most: int | None = None,
) -> ImportBatch | None:
    """Make what the plan says and keep what each row became; None where everything is here already.

    Raises :class:`Refused`, naming the first row, where something must be put right or left out first.
    """
    check_may_import(actor)
    number = next_number(session)
    known = list_known(session, actor, plan)
    refuse_stops(plan, known)
    if at_most is not None and len(known.new_children) + len(known.new_actions) > at_most:
        raise Refused(f"This file has more than {at_most:,} new rows: the command line imports so many, out of hours")
    today = london_day(now)
    children, actions = known.changed_children(), known.changed_actions(today)
    if not (known.new_children or known.new_actions or children or actions):
        return None
    notes = sum(len(change.notes) for _, change in actions)
    batch = ImportBatch(
        made_at=now,
        by_id=actor.person_id,
        digest=digest,
        children_made=sum(child.local_number not in known.here for child in known.new_children),
        actions_made=len(known.new_actions),
        notes_added=notes,
    )
    session.add(batch)
    session.flush()
    importer = _Importer(session, actor, batch, known, area, now, number)
    importer.series(into)
    importer.children()
    importer.actions()
    importer.newer(children, actions)
    history.note(
        session,
        "imported",
        object_id=str(batch.id),
        detail={"children": batch.children_made, "actions": batch.actions_made, "notes": notes},
    )
    return batch


def refuse_stops(plan: Plan, known: Known) -> None:
    """Raise :class:`Refused` with the first thing that must be put right or left out, and how many there are."""
    stops = (*known.against_here(), *plan.stops)
    if stops:
        first = stops[0]
        more = f" There are {len(stops)} such rows: nothing was imported." if len(stops) > 1 else ""
        raise Refused(f"{first.sheet}, row {first.row}: {first.words}{more}")


class _Importer:
    """One import under way."""

    def __init__(
        self,
        session: MaceSession,
        actor: Actor,
        batch: ImportBatch,
        known: Known,
        area: Area,
        now: datetime,
        number: int,
    ) -> None:
        self.session, self.actor, self.batch, self.known = session, actor, batch, known
        self.area, self.now, self.today, self.number = area, now, london_day(now), number
        self.subjects = {number: here.id for number, here in known.here.items()}
        for child in known.plan.children:
            if (row := known.child_row(child)) is not None:
                self.subjects[child.local_number] = row.made_id
        self.roster: Roster

    def made(self, kind: str, made_id: UUID) -> None:
        """Keep that this batch made something beside its rows, so that an undo finds it."""
        self.session.add(ImportedRow(batch_id=self.batch.id, kind=kind, row_key=str(made_id), made_id=made_id))

    def series(self, into: Into) -> None:
        """The series that will own the actions; a new one expects every agency round the table."""
        self.roster = Roster(
            self.session, list_people_here(self.session), list_agencies_here(self.session, into.series_id), self.made
        )
        if into.series_id is not None:
            if self.session.get(Series, into.series_id) is None:
                raise Refused("Choose the series of meetings it goes into", "series")
            self.batch.series_id = into.series_id
            return
        if not into.new_name:
            raise Refused("Give the series of meetings a name", "new_series")
        if self.session.exec(select(Series.id).where(Series.name == into.new_name)).one_or_none() is not None:
            raise Refused("There is a series of that name already", "new_series")
        series = Series(name=into.new_name)
        self.session.add(series)
        self.session.flush()
        self.made("series", series.id)
        self.batch.series_id = series.id
        for kind in dict.fromkeys((*self.roster.agencies, *_kinds(self.known.plan))):
            self.session.add(SeriesAgency(series_id=series.id, agency_id=self.roster.agency(kind)))

    # Children

    def children(self) -> None:
        """Every new child, with what worries us and whose it is."""
        for some in chunks(self.known.new_children):
            new = [child for child in some if child.local_number not in self.subjects]
            workers = [self.roster.owner(child.worker, child.worker_agency) for child in new]
            care = self.source()
            subjects = [self.subject(child) for child in new]
            self.store(*subjects)
            for child, subject in zip(new, subjects, strict=True):
                self.subjects[child.local_number] = subject.id
            self.store(
                *(Child(subject_id=self.subjects[child.local_number], born_on=child.born_on,
                        harms=",".join(harm.value for harm in child.harms)) for child in new),
                *(self.concern(child, care) for child in new),
                *(self.allocation(child, worker[0]) for child, worker in zip(new, workers, strict=True)
                  if worker[0] is not None),
                *(self.row("child", child.row_key, child, self.subjects[child.local_number]) for child in some),
            )  # fmt: skip
            self.let_go()

    def source(self) -> UUID:
        """Whose words an import is: the agency of whoever imports, or children's social care."""
        return self.actor.agency_id or self.roster.agency(AgencyKind.SOCIAL_CARE)

    def since(self, child: PlannedChild) -> date:
        """Known to the meeting since, as far as the row says."""
        return child.since if child.since is not None and child.since <= self.today else self.today

    def subject(self, child: PlannedChild) -> Subject:
        """The child itself."""
        return Subject(
            kind=SubjectKind.CHILD,
            name=child.name,
            search_name=folded(child.name),
            reference=child.local_number,
            on_mace_since=self.since(child),
            closed_on=None if child.is_open else self.today,
            closed_because="" if child.is_open else CLOSED,
            level=child.level,
            level_on=self.today if child.level else None,
            imported=True,
        )

    def concern(self, child: PlannedChild, agency_id: UUID) -> Concern:
        """One worry, from the kinds of harm, so that there is something for actions to reduce."""
        said = ", ".join(harm.label for harm in child.harms) or Harm.UNKNOWN.label
        said = f"“{child.harm_words}”" if child.harm_words else said
        return Concern(
            subject_id=self.subjects[child.local_number],
            words=f"{said[:470]}, from the spreadsheet",
            harm=child.harms[0] if child.harms else Harm.UNKNOWN,
            raised_on=self.since(child),
            source_agency_id=agency_id,
            received_from=SPREADSHEET,
        )

    def allocation(self, child: PlannedChild, person_id: UUID) -> Allocation:
        """Whose child it is; whose it was, where the child is closed."""
        return Allocation(
            child_id=self.subjects[child.local_number],
            person_id=person_id,
            started_on=self.since(child),
            ended_on=None if child.is_open else self.today,
        )

    # Actions

    def actions(self) -> None:
        """Every new action with its history."""
        for some in chunks(self.known.new_actions):
            owners = [self.roster.owner(action.owner_name, action.owner_agency) for action in some]
            helpers = [self.helpers(action, owner) for action, owner in zip(some, owners, strict=True)]
            levels, concerns = self.about([self.subjects[action.child_number] for action in some])
            source = self.source()
            made = []
            for planned, owner in zip(some, owners, strict=True):
                subject_id = self.subjects[planned.child_number]
                made.append(self.action(planned, owner, levels.get(subject_id), concerns.get(subject_id), source))
            self.store(*made)
            beside: list[Any] = []
            for planned, action, helping in zip(some, made, helpers, strict=True):
                beside.append(ActionChild(action_id=action.id, child_id=action.subject_id))
                beside += [
                    ActionContributor(action_id=action.id, person_id=person, agency_id=agency)
                    for person, agency in helping
                ]
                beside += self.notes(action, planned.notes, taken=set())
                beside += self.said(action, planned)
                beside.append(self.row("action", self.known.action_key(planned), planned, action.id))
            self.store(*beside)
            store_standing(self.session, made, self.today, self.area)
            self.let_go()

    def helpers(self, action: PlannedAction, owner: tuple[UUID | None, UUID]) -> list[tuple[UUID | None, UUID]]:
        """Everybody beside the owner. "CSC / SW" names one agency twice: somebody there helps somebody there."""
        found = dict.fromkeys(self.roster.owner(helper.person, helper.agency) for helper in action.contributors)
        others = [one for one in found if one != owner]
        return others or ([(None, owner[1])] if action.is_shared else [])

    def about(self, subject_ids: Sequence[UUID]) -> tuple[dict[UUID, RiskLevel | None], dict[UUID, UUID]]:
        """The level of each child, and its worry where there is only one."""
        ids = list(dict.fromkeys(subject_ids))
        levels = sa.select(col(Subject.id), col(Subject.level)).where(col(Subject.id).in_(ids))
        live = (
            sa.select(col(Concern.subject_id), col(Concern.id))
            .where(col(Concern.subject_id).in_(ids), col(Concern.ended_on).is_(None))
            .order_by(col(Concern.raised_on), col(Concern.id))
        )
        concerns: dict[UUID, list[UUID]] = {}
        for subject_id, concern_id in rows(self.session, scope.area(live, self.actor, Permission.IMPORT_RUN)):
            concerns.setdefault(subject_id, []).append(concern_id)
        found = rows(self.session, scope.area(levels, self.actor, Permission.IMPORT_RUN))
        return {row[0]: row[1] for row in found}, {key: some[0] for key, some in concerns.items() if len(some) == 1}

    def action(
        self,
        planned: PlannedAction,
        owner: tuple[UUID | None, UUID],
        level: RiskLevel | None,
        concern_id: UUID | None,
        source: UUID,
    ) -> Action:
        """The action as the row says. Where a row has ended and gives no reason, that is what it says."""
        self.number += 1
        ended = planned.state.is_ended
        reason = planned.state_words or (NOT_SAID if ended and planned.state is not ActionState.DONE else "")
        heard = [note.day for note in planned.notes if note.day and note.kind != CARRIED]
        return Action(
            number=self.number - 1,
            subject_id=self.subjects[planned.child_number],
            series_id=self.series_id,
            concern_id=concern_id,
            what=planned.what,
            owner_id=owner[0],
            owner_agency_id=owner[1],
            set_on=planned.set_on,
            first_due=planned.due.day,
            first_due_words="" if planned.due.day else planned.due.words[:200],
            due=planned.due.day,
            late_line=late_line(planned.set_on, planned.due.day, None, level, self.area),
            level_when_set=level,
            state=planned.state,
            ended_on=planned.ended_on,
            ended_because=reason if ended else "",
            what_covers_it=NOT_SAID if planned.state is ActionState.NO_LONGER_NEEDED else "",
            last_update_on=max(heard, default=None),
            imported=True,
            source_agency_id=source,
            received_from=SPREADSHEET,
        )

    @property
    def series_id(self) -> UUID:
        """The series that owns what is made."""
        if self.batch.series_id is None:
            raise ValueError("asked before the series was chosen")
        return self.batch.series_id

    def said(self, action: Action, planned: PlannedAction) -> list[Any]:
        """What the status cell says beyond the state, so that nothing said is lost."""
        if not planned.state_words or planned.state.is_ended:
            return []
        return [self.words(action, None, f"{STATUS}{planned.state_words}")]

    def notes(self, action: Action, notes: Sequence[Note], taken: set[date]) -> list[Any]:
        """Dated carry notes become lines of the history, one a day; everything else is kept as words.

        ``taken`` are days that have a line already.
        """
        lines: list[Any] = []
        facts = _unfinished(action)
        for note in notes:
            ends = action.ended_on
            if note.kind == CARRIED and note.day and note.day not in taken and (ends is None or note.day <= ends):
                taken.add(note.day)
                lines.append(
                    LedgerLine(
                        action_id=action.id,
                        meeting_on=note.day,
                        state_found=ActionState.OPEN if action.state.is_ended else action.state,
                        decision=Decision.IMPORTED,
                        leaves_open=True,
                        carried_late=would_carry_late(facts, note.day, Decision.IMPORTED),
                        reason=note.words,
                        at=self.now,
                        imported=True,
                    )
                )
            else:
                lines.append(self.words(action, note.day, note.words or "Dated, with nothing written"))
        return lines

    def words(self, action: Action, day: date | None, words: str) -> Contribution:
        """An entry of the updates cell."""
        return Contribution(
            subject_id=action.subject_id,
            action_id=action.id,
            kind=LineKind.UPDATE,
            words=words,
            said_on=day or self.today,
            entered_at=self.now,
            source_agency_id=action.owner_agency_id,
            received_from=SPREADSHEET if day else UNDATED,
        )

    # A newer copy

    def newer(
        self,
        children: Sequence[tuple[PlannedChild, Changed]],
        actions: Sequence[tuple[PlannedAction, Changed]],
    ) -> None:
        """Add new entries of known rows to their history, and list changed cells for a decision."""
        for change in (*(one for _, one in children), *(one for _, one in actions)):
            self.session.add_all(self.change(change.row, *cell) for cell in change.cells)
        for some in chunks(actions):
            by_id = {change.row.made_id: change for _, change in some if change.notes_cells is not None}
            found = self.session.exec(
                scope.area(select(Action).where(col(Action.id).in_(by_id)), self.actor, Permission.IMPORT_RUN)
            ).all()
            days = self.days_with_a_line(list(by_id))
            for action in found:
                change = by_id[action.id]
                cells = change.notes_cells or ("", "")
                self.session.add(self.change(change.row, "notes", *cells, taken=True))
                added = self.notes(action, change.notes, days.get(action.id, set()))
                for one in added:
                    self.made("carry" if isinstance(one, LedgerLine) else "words", one.id)
                self.session.add_all(added)
                heard = [note.day for note in change.notes if note.day and note.kind != CARRIED]
                action.last_update_on = max((day for day in (action.last_update_on, *heard) if day), default=None)
            store_standing(self.session, list(found), self.today, self.area)
            self.let_go()

    def change(self, row: KnownRow, name: str, old: str, new: str, *, taken: bool | None = None) -> ImportChange:
        """A cell that differs: waiting for a decision, unless it only adds to the history."""
        return ImportChange(
            batch_id=self.batch.id,
            imported_row_id=row.id,
            field=name,
            old=old,
            new=new,
            taken=taken,
            decided_at=self.now if taken is not None else None,
            decided_by_id=self.actor.person_id if taken is not None else None,
        )

    def days_with_a_line(self, action_ids: Sequence[UUID]) -> dict[UUID, set[date]]:
        """The days on which each action has a line of history already."""
        statement = sa.select(col(LedgerLine.action_id), col(LedgerLine.meeting_on)).where(
            col(LedgerLine.action_id).in_(action_ids)
        )
        found: dict[UUID, set[date]] = {}
        for action_id, day in rows(self.session, scope.area(statement, self.actor, Permission.IMPORT_RUN)):
            found.setdefault(action_id, set()).add(day)
        return found

    # Storing

    def row(self, kind: str, key: str, planned: PlannedChild | PlannedAction, made_id: UUID) -> ImportedRow:
        """What a row became."""
        return ImportedRow(
            batch_id=self.batch.id,
            kind=kind,
            row_key=key,
            content_hash=planned.content_hash,
            values=json.dumps(planned.values),
            made_id=made_id,
            sheet=planned.sheet,
            row_number=planned.row,
        )

    def store(self, *made: Any) -> None:
        """Write rows whose parents are written."""
        self.session.add_all(made)
        self.session.flush()

    def let_go(self) -> None:
        """Forget rows that are written, and chain the history once there is much of it."""
        self.session.flush()
        if len(self.session.pending_history) > KEPT_IN_MEMORY:
            history.append_pending(self.session, self.actor)
        for one in list(self.session.identity_map.values()):
            if one is not self.batch:
                self.session.expunge(one)


def _unfinished(action: Action) -> ActionFacts:
    """The facts by which a carry before this tool is judged: nothing but its late line."""
    return ActionFacts(
        set_on=action.set_on,
        first_due=action.first_due,
        due=action.due,
        late_line=action.late_line,
        state=ActionState.OPEN,
        imported=True,
    )


def _kinds(plan: Plan) -> list[AgencyKind]:
    """The kinds of agency that own, help or work in a plan, in the order of the vocabulary."""
    kinds = {child.worker_agency for child in plan.children if child.worker}
    for action in plan.actions:
        kinds |= {kind for kind in (action.owner_agency, *(one.agency for one in action.contributors)) if kind}
    return [kind for kind in AgencyKind if kind in kinds]
