"""Facts for tests of the rules: one sensible action, changed where a test says so."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from mace.domain.ledger import ActionFacts, LedgerLine
from mace.domain.vocabulary import ActionState, Decision
from mace.domain.waiting import WaitingFacts

SET_ON = date(2026, 2, 4)
FIRST_DATE = date(2026, 3, 4)


def after(days: int, start: date = FIRST_DATE) -> date:
    """A day so many days after the first date."""
    return start + timedelta(days=days)


def an_action(**changes: Any) -> ActionFacts:
    """An open action set on 4 February for 4 March, with an update on its first date."""
    plain = ActionFacts(
        set_on=SET_ON,
        first_due=FIRST_DATE,
        due=FIRST_DATE,
        late_line=FIRST_DATE,
        state=ActionState.OPEN,
        last_update_on=FIRST_DATE,
    )
    return replace(plain, **changes)


def carried(*late: bool, decision: Decision = Decision.CARRIED, imported: bool = False) -> tuple[LedgerLine, ...]:
    """Lines a week apart, each carried late or not."""
    return tuple(LedgerLine(after(7 * n + 1), decision, was_late, imported) for n, was_late in enumerate(late))


def a_wait(**changes: Any) -> WaitingFacts:
    """Waiting on a member agency since the first date, to be chased within 28 days."""
    plain = WaitingFacts(
        body="CAMHS",
        began_on=FIRST_DATE,
        asked_on=FIRST_DATE,
        answer_expected_on=after(40),
        chase_by=after(28),
        is_member_agency=True,
    )
    return replace(plain, **changes)


def a_waiting_action(**changes: Any) -> ActionFacts:
    """An action that a meeting accepted as waiting."""
    waiting = changes.pop("waiting", a_wait())
    return an_action(state=ActionState.WAITING_ON, waiting=waiting, **changes)
