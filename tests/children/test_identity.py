"""Adding a child, putting right who a child is, leaving the meetings and coming back."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from mace.children.commands import (
    ChildDetails,
    add_child,
    bring_back,
    edit_child,
    leave_meetings,
    say_does_not_harm,
    say_may_harm,
)
from mace.database import MaceSession, transaction
from mace.domain.errors import Clash, NotThere, Refused
from mace.domain.vocabulary import ActionState, Harm, LegalStatus, ReferralOutcome, Sex
from mace.models import Child, Concern, PersonOfConcern, Referral, Subject
from tests.world import World

NOW = datetime.now(UTC)


def add(world: World, who: str = "coordinator", **changed: Any) -> Subject:
    given: dict[str, Any] = {
        "name": "Zoë O’Brien",
        "number": "900100",
        "born_on": date(NOW.year - 14, 3, 4),
        "source": "PC Sadiq, by e-mail",
        "why": "Seen in a silver car after school",
        "outcome": ReferralOutcome.TAKEN,
        "outcome_because": "",
        "who_tells": "Priya Nair",
        "harm": Harm.CSE,
        "now": NOW,
        **changed,
    }
    actor = world.actor(who)
    with transaction(world.session, actor):
        return add_child(world.session, actor, **given)


def edit(world: World, child: Subject, details: ChildDetails, version: int | None, who: str = "coordinator") -> Subject:
    actor = world.actor(who)
    with transaction(world.session, actor):
        return edit_child(world.session, actor, child.id, details, version=version, now=NOW)


def leave(world: World, child: Subject, because: str = "Safe for six months; school keeps watch") -> Subject:
    actor = world.actor("coordinator")
    with transaction(world.session, actor):
        return leave_meetings(world.session, actor, child.id, because, now=NOW)


def test_a_child_who_is_taken_has_a_referral_a_first_worry_and_a_name_that_search_finds(world: World) -> None:
    child = add(world)
    stored = world.again(child)
    assert (stored.search_name, stored.closed_on) == ("zoe obrien", None)
    referral = world.all(Referral, Referral.subject_id == child.id)[0]
    assert (referral.from_whom, referral.outcome) == ("PC Sadiq, by e-mail", ReferralOutcome.TAKEN)
    assert [one.words for one in world.all(Concern, Concern.subject_id == child.id)] == [
        "Seen in a silver car after school"
    ]


def test_what_another_agency_said_is_that_agencys(world: World) -> None:
    child = add(world, from_agency_id=world.agencies["police"].id)
    concern = world.all(Concern, Concern.subject_id == child.id)[0]
    assert concern.source_agency_id == world.agencies["police"].id
    assert (concern.received_from, concern.entered_by_id) == ("PC Sadiq, by e-mail", world.id("coordinator"))


def test_a_child_who_is_not_taken_is_kept_with_the_reason_and_no_worry(world: World) -> None:
    child = add(world, outcome=ReferralOutcome.NOT_TAKEN, outcome_because="Early help leads")
    stored = world.again(child)
    assert (stored.closed_on, stored.closed_because) == (world.today, "Early help leads")
    assert world.all(Concern, Concern.subject_id == child.id) == []


def test_not_taken_needs_a_reason(world: World) -> None:
    with pytest.raises(Refused) as no:
        add(world, outcome=ReferralOutcome.NOT_TAKEN)
    assert no.value.field == "outcome_because"


def test_a_worker_does_not_add_children(world: World) -> None:
    with pytest.raises(Refused):
        add(world, "worker")


@pytest.mark.parametrize("number", ["900100", " 900100".strip(), "AB-1", "ab-1"])
def test_a_number_is_taken_once_whatever_its_case(world: World, number: str) -> None:
    add(world, number="900100", name="First Child")
    add(world, number="AB-1", name="Second Child", born_on=date(NOW.year - 12, 1, 1))
    with pytest.raises(Refused) as no:
        add(world, number=number, name="Somebody Else", born_on=date(NOW.year - 13, 1, 1))
    assert no.value.field == "number"


@pytest.mark.parametrize(
    ("born_on", "refused"),
    [
        (date(NOW.year + 1, 1, 1), True),
        (date(NOW.year - 27, 1, 1), True),
        (date(NOW.year - 25, 1, 1), False),
        (NOW.date(), False),
        (None, False),
    ],
)
def test_a_birthday_is_one_of_a_child_or_care_leaver(world: World, born_on: date | None, refused: bool) -> None:
    if refused:
        with pytest.raises(Refused) as no:
            add(world, born_on=born_on)
        assert no.value.field == "born_on"
    else:
        assert add(world, born_on=born_on).id


@pytest.mark.parametrize(
    ("name", "same_day", "asks"),
    [
        ("Zoe OBrien", True, True),
        ("O'Brien Zoë", True, True),
        ("Zoe O’Brian", True, True),
        ("Zoë O’Brien", False, False),
        ("Harvey Gresley", True, False),
    ],
)
def test_somebody_like_a_child_who_is_here_is_asked_about_first(
    world: World, name: str, same_day: bool, asks: bool
) -> None:
    add(world)
    born_on = date(NOW.year - 14, 3, 4) if same_day else date(NOW.year - 13, 5, 6)
    if asks:
        with pytest.raises(Refused) as no:
            add(world, name=name, number="900200", born_on=born_on)
        assert no.value.field == "none_of_these"
        add(world, name=name, number="900200", born_on=born_on, none_of_these=True)
    else:
        add(world, name=name, number="900200", born_on=born_on)
    assert len(world.all(Subject)) == 2


def test_the_same_name_without_a_birthday_is_asked_about_too(world: World) -> None:
    add(world, born_on=None)
    with pytest.raises(Refused):
        add(world, number="900200", born_on=date(NOW.year - 12, 1, 1))


def test_every_detail_of_a_child_can_be_put_right(world: World) -> None:
    child = world.a_child()
    details = ChildDetails(
        name="Aisha Łuczak",
        number="777",
        also_known_as="Pip",
        born_on=date(NOW.year - 15, 2, 1),
        sex=Sex.FEMALE,
        ethnicity="White Polish",
        language="Polish",
        needs_interpreter=True,
        send_needs="Speech and language",
        neurodiversity="ADHD, being assessed",
        legal_status=LegalStatus.CHILD_IN_NEED,
        school="Harcombe Academy",
        placing_authority="Fenland",
        harms=(Harm.CSE, Harm.MISSING),
    )
    edit(world, child, details, world.again(child).version)
    stored = world.all(Child, Child.subject_id == child.id)[0]
    assert (stored.also_known_as, stored.harm_list) == ("Pip", (Harm.CSE, Harm.MISSING))
    assert (stored.legal_status, stored.needs_interpreter) == (LegalStatus.CHILD_IN_NEED, True)
    assert world.again(child).search_name == "aisha luczak pip"


def test_a_save_that_comes_second_is_refused_even_when_only_the_other_row_changed(world: World) -> None:
    child = world.a_child()
    opened = world.again(child).version
    edit(world, child, ChildDetails(name=child.name, number=child.reference, school="First Academy"), opened)
    with pytest.raises(Clash):
        edit(world, child, ChildDetails(name=child.name, number=child.reference, school="Second Academy"), opened)
    assert world.all(Child, Child.subject_id == child.id)[0].school == "First Academy"


def test_a_worker_does_not_put_right_who_a_child_is(world: World) -> None:
    child = world.a_child()
    with pytest.raises(NotThere):
        edit(world, child, ChildDetails(name="X", number="1"), None, who="worker")


def test_a_name_of_letters_that_grow_when_folded_is_kept(world: World) -> None:
    child = world.a_child()
    edit(world, child, ChildDetails(name="ß" * 200, number="777", also_known_as="ﬃ" * 200), None)
    assert len(world.again(child).search_name) <= 500


def test_a_record_leaves_the_meetings_with_a_reason(world: World) -> None:
    child = world.a_child(next_review_on=world.day(20))
    leave(world, child)
    stored = world.again(child)
    assert (stored.closed_on, stored.next_review_on) == (world.today, None)


def test_leaving_needs_a_reason(world: World) -> None:
    with pytest.raises(Refused) as no:
        leave(world, world.a_child(), because="")
    assert no.value.field == "because"


def test_nobody_leaves_while_an_action_is_unfinished(world: World) -> None:
    child = world.a_child()
    action = world.an_action(child)
    with pytest.raises(Refused) as no:
        leave(world, child)
    assert str(action.number) in no.value.reason
    assert world.again(child).closed_on is None


def test_an_action_offered_to_another_plan_lets_a_child_leave(world: World) -> None:
    child = world.a_child()
    world.an_action(child, offered_to_plan="Child in need plan")
    assert leave(world, child).closed_on == world.today


def test_an_action_of_a_place_that_protects_the_child_stays_with_the_place(world: World) -> None:
    child, place = world.a_child(), world.a_place()
    world.an_action(place, children=(child,))
    assert leave(world, child).closed_on == world.today


def test_an_ended_action_lets_a_child_leave(world: World) -> None:
    child = world.a_child()
    world.an_action(child, state=ActionState.DONE, ended_on=world.today)
    assert leave(world, child).closed_on == world.today


def test_leaving_twice_is_refused(world: World) -> None:
    child = world.a_child()
    leave(world, child)
    with pytest.raises(Refused):
        leave(world, child)


def come_back(world: World, child: Subject) -> Subject:
    actor = world.actor("coordinator")
    with transaction(world.session, actor):
        return bring_back(
            world.session, actor, child.id, source="School", why="Missing again", who_tells="Priya", now=NOW
        )


def test_a_child_comes_back_with_a_new_referral_and_a_new_worry(world: World) -> None:
    child = add(world, outcome=ReferralOutcome.NOT_TAKEN, outcome_because="Early help leads")
    come_back(world, child)
    assert world.again(child).closed_on is None
    outcomes = [one.outcome for one in world.all(Referral, Referral.subject_id == child.id)]
    assert sorted(outcomes) == [ReferralOutcome.NOT_TAKEN, ReferralOutcome.TAKEN]
    assert [one.words for one in world.all(Concern, Concern.subject_id == child.id)] == ["Missing again"]


def test_a_child_who_is_here_does_not_come_back(world: World) -> None:
    with pytest.raises(Refused):
        come_back(world, world.a_child())


def test_one_record_holds_both_roles_of_a_child_and_lets_one_go_again(world: World, session: MaceSession) -> None:
    child, actor = world.a_child(), world.actor("coordinator")
    with transaction(session, actor):
        say_may_harm(session, actor, child.id, described_as="Named by two children", police_reference="P1", now=NOW)
    with transaction(session, actor):
        say_may_harm(session, actor, child.id, described_as="Named by three children", police_reference="P1", now=NOW)
    assert [one.described_as for one in world.all(PersonOfConcern)] == ["Named by three children"]
    with transaction(session, actor):
        say_does_not_harm(session, actor, child.id, now=NOW)
    assert world.all(PersonOfConcern) == []
    with pytest.raises(Refused), transaction(session, actor):
        say_does_not_harm(session, actor, child.id, now=NOW)
