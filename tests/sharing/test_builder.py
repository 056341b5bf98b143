"""What each reader gets of a record: built from nothing, by rule 9, out of text that never changes."""

import json
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mace.domain.handling import Reader, may_have
from mace.domain.vocabulary import AgencyKind, Decision, Extent, Handling, LineKind, Release, Source
from mace.sharing.builder import (
    AGREED_KINDS,
    ActionLine,
    Concern,
    Header,
    Line,
    Present,
    RecordCopy,
    build,
    copy_for,
    freeze,
    marking,
    thaw,
)

CARE, POLICE, HEALTH, SCHOOL = (UUID(int=n) for n in range(1, 5))
NAMES = {CARE: "Children’s Services", POLICE: "Fenland Police", HEALTH: "Health Trust", SCHOOL: "Education"}
KINDS = {
    CARE: AgencyKind.SOCIAL_CARE,
    POLICE: AgencyKind.POLICE,
    HEALTH: AgencyKind.HEALTH,
    SCHOOL: AgencyKind.EDUCATION,
}
ME, OTHER = UUID(int=101), UUID(int=102)
HEADER = Header(
    series="Northborough MACE",
    meeting_on=date(2026, 11, 24),
    subject="Aisha Ashdown",
    reference="400001",
    level="moderate",
    level_name="Amber",
    direction="Less safe",
    next_review_on=date(2026, 12, 22),
    quorum="Quorate",
    present=(Present("Fenland Police", "Karen Holt", "Present"),),
)


def a_line(words: str, handling: Handling = Handling.WHOLE_MEETING, by: UUID = CARE, **values: object) -> Line:
    made = Line(LineKind.WORRY, words, Source.FACT, by, NAMES[by], handling, date(2026, 11, 24))
    return replace(made, **values)


def an_action(what: str, owner: UUID | None = OTHER, **values: object) -> ActionLine:
    made = ActionLine(
        id=uuid4(),
        number=12,
        what=what,
        owner_id=owner,
        owner="Imran Sadiq",
        owner_agency="Fenland Police",
        due=date(2026, 12, 4),
        first_due=date(2026, 12, 4),
        state="Open",
        has_ended=False,
        why="So that nobody can pick her up",
        contingency="The duty manager is told the same day",
        safe_meanwhile="",
        history="First date 4 December",
        decision=Decision.CARRIED,
        decision_reason="The officer was away",
        source_agency_id=CARE,
        source_agency=NAMES[CARE],
        handling=Handling.WHOLE_MEETING,
        concern=Concern("Older men give lifts", HEALTH, NAMES[HEALTH], Handling.WHOLE_MEETING),
    )
    return replace(made, **values)


def a_reader(agency: UUID | None, *, works: bool = False, family: bool = False) -> Reader:
    return Reader(ME, agency, KINDS[agency] if agency else None, works_with_child=works, for_family=family)


def everything(copy: RecordCopy) -> str:
    return repr(copy)


@pytest.mark.parametrize(
    ("reader", "reads"),
    [
        (a_reader(SCHOOL), {"whole", "professionals", "may tell", "not to family"}),
        (a_reader(POLICE), {"whole", "professionals", "may tell", "not to family", "police"}),
        (a_reader(SCHOOL, works=True), {"whole", "professionals", "may tell", "not to family", "named", "third"}),
        (a_reader(HEALTH), {"whole", "professionals", "may tell", "not to family", "police", "named", "third"}),
        (a_reader(None, family=True), {"may tell"}),
        (a_reader(None), {"whole", "may tell"}),
    ],
    ids=["a school", "police", "works with the child", "the agency that said it", "family", "nobody's"],
)
def test_each_kind_of_reader_gets_what_they_may_have(reader: Reader, reads: set[str]) -> None:
    codes = {
        "whole": Handling.WHOLE_MEETING,
        "professionals": Handling.PROFESSIONALS,
        "police": Handling.POLICE_ONLY,
        "named": Handling.NAMED_PEOPLE,
        "may tell": Handling.FAMILY_MAY_KNOW,
        "not to family": Handling.NOT_TO_FAMILY,
        "third": Handling.THIRD_PARTY,
    }
    lines = [a_line(words, code, HEALTH) for words, code in codes.items()]
    assert {line.words for line in build(reader, lines)} == reads
    copy = copy_for(freeze(HEADER, lines, [], Release.RECORD), reader, Extent.WHOLE)
    assert {line.words for section in copy.sections for line in section.lines} == reads


def test_what_was_frozen_reads_back_as_it_was() -> None:
    lines, actions = (
        [a_line("A worry", received_from="Jo")],
        [an_action("A notice"), an_action("A plan", None, due=None)],
    )
    frozen = thaw(freeze(HEADER, lines, actions, Release.RECORD))
    assert (frozen.header, list(frozen.lines), list(frozen.actions)) == (HEADER, lines, actions)


def test_what_is_agreed_holds_decisions_contingency_and_safety_alone() -> None:
    lines = [a_line(kind.value, kind=kind) for kind in LineKind]
    agreed = thaw(freeze(HEADER, lines, [an_action("A notice")], Release.AGREED))
    assert {line.kind for line in agreed.lines} == AGREED_KINDS
    assert [one.what for one in agreed.actions] == ["A notice"]
    assert {line.kind for line in thaw(freeze(HEADER, lines, [], Release.RECORD)).lines} == set(LineKind)


def test_no_kind_of_line_is_left_out_of_the_page() -> None:
    lines = [a_line(kind.value, kind=kind) for kind in LineKind]
    copy = copy_for(freeze(HEADER, lines, [], Release.RECORD), a_reader(CARE), Extent.WHOLE)
    shown = [line.kind for section in copy.sections for line in section.lines]
    assert sorted(shown) == sorted(LineKind)


def test_what_was_decided_comes_first_and_who_was_there_last() -> None:
    lines = [a_line(kind.value, kind=kind) for kind in LineKind]
    copy = copy_for(freeze(HEADER, lines, [], Release.RECORD), a_reader(CARE), Extent.WHOLE)
    titles = [section.title for section in copy.sections]
    assert titles[:3] == ["What was decided", "What keeps the child safe", "What happens if it fails"]
    assert titles[-3:] == ["Next review", "Who tells whom", "Who was there"]


def test_a_section_without_words_is_not_there() -> None:
    empty = Header("Northborough MACE", date(2026, 11, 24), "Aisha Ashdown", "400001")
    copy = copy_for(freeze(empty, [a_line("A worry")], [], Release.RECORD), a_reader(CARE), Extent.WHOLE)
    assert [section.title for section in copy.sections] == ["What we are worried about"]


def test_my_actions_stand_apart_from_those_of_others_and_from_what_ended() -> None:
    actions = [an_action("Theirs"), an_action("Mine", ME), an_action("Over", ME, has_ended=True)]
    copy = copy_for(freeze(HEADER, [], actions, Release.RECORD), a_reader(CARE), Extent.WHOLE)
    assert [one.what for one in copy.mine] == ["Mine"]
    assert [one.what for one in copy.others] == ["Theirs"]
    assert [one.what for one in copy.ended] == ["Over"]


def test_an_action_that_nobody_owns_belongs_to_no_reader() -> None:
    body = freeze(HEADER, [], [an_action("A notice", None)], Release.RECORD)
    assert copy_for(body, Reader(None, CARE, AgencyKind.SOCIAL_CARE), Extent.WHOLE).mine == ()


def test_an_owner_gets_their_own_action_its_reason_and_what_happens_if_it_fails() -> None:
    mine, other = an_action("Serve a notice", ME), an_action("Hold an interview")
    body = freeze(
        HEADER, [a_line("A worry"), a_line("A decision", kind=LineKind.DECISION)], [mine, other], Release.AGREED
    )
    copy = copy_for(body, a_reader(POLICE), Extent.OWN_ACTION, mine.id)
    (own,) = copy.mine
    assert (own.what, own.why, own.contingency) == (mine.what, mine.why, mine.contingency)
    assert (copy.others, copy.ended, copy.sections, copy.level, copy.level_name) == ((), (), (), "", "")
    for word in ("Hold an interview", "A worry", "A decision", "Karen Holt", "Less safe", "The officer was away"):
        assert word not in everything(copy)


def test_an_own_action_that_is_not_in_the_record_gives_nothing() -> None:
    body = freeze(HEADER, [], [an_action("Hold an interview")], Release.AGREED)
    copy = copy_for(body, a_reader(POLICE), Extent.OWN_ACTION, uuid4())
    assert copy.mine + copy.others + copy.ended == ()


def test_the_worry_beside_an_action_has_its_own_handling() -> None:
    held = Concern("She told the nurse", HEALTH, NAMES[HEALTH], Handling.NAMED_PEOPLE)
    body = freeze(HEADER, [], [an_action("A notice", concern=held)], Release.RECORD)
    (police,) = copy_for(body, a_reader(POLICE), Extent.WHOLE).others
    (worker,) = copy_for(body, a_reader(SCHOOL, works=True), Extent.WHOLE).others
    assert (police.what, police.concern) == ("A notice", None)
    assert worker.concern == held


def test_whoever_holds_more_is_named_and_what_they_hold_is_not() -> None:
    lines = [a_line("From the clinic", Handling.NAMED_PEOPLE, HEALTH), a_line("For all", by=POLICE)]
    copy = copy_for(freeze(HEADER, lines, [], Release.RECORD), a_reader(SCHOOL), Extent.WHOLE)
    assert copy.ask == ("Health Trust",)
    assert "From the clinic" not in everything(copy)


def test_nothing_more_is_held_where_the_reader_has_it_all() -> None:
    copy = copy_for(freeze(HEADER, [a_line("For all")], [], Release.RECORD), a_reader(SCHOOL), Extent.WHOLE)
    assert copy.ask == ()


def test_a_copy_for_the_family_tells_no_level_no_names_and_nothing_but_what_may_be_told() -> None:
    lines = [a_line("Tell them this", Handling.FAMILY_MAY_KNOW), a_line("Not this", Handling.POLICE_ONLY, POLICE)]
    body = freeze(HEADER, lines, [an_action("A notice")], Release.RECORD)
    copy = copy_for(body, a_reader(CARE, family=True), Extent.WHOLE)
    assert "Tell them this" in everything(copy)
    for word in ("Not this", "Amber", "Karen Holt", "A notice", "Fenland Police", "Quorate"):
        assert word not in everything(copy)


def test_a_code_that_was_never_known_stops_the_page_rather_than_leak() -> None:
    body = json.loads(freeze(HEADER, [a_line("A worry")], [], Release.RECORD))
    body["lines"][0]["handling"] = "made_up"
    with pytest.raises(ValueError, match="made_up"):
        copy_for(json.dumps(body), a_reader(POLICE), Extent.WHOLE)


@pytest.mark.parametrize(
    ("release", "number", "words"),
    [
        (Release.AGREED, 0, "Agreed in the meeting, record to follow"),
        (Release.RECORD, 1, "Approved record, version 1"),
        (Release.CORRECTION, 2, "Corrected record, version 2"),
    ],
)
def test_every_version_says_what_it_is(release: Release, number: int, words: str) -> None:
    assert marking(release, number) == words


AGENCIES = st.sampled_from([CARE, POLICE, HEALTH, SCHOOL])
CODES = st.sampled_from(list(Handling))
READERS = st.builds(
    lambda agency, person, works, family: Reader(
        person, agency, KINDS.get(agency), works_with_child=works, for_family=family
    ),
    st.one_of(st.none(), AGENCIES),
    st.sampled_from([ME, OTHER]),
    st.booleans(),
    st.booleans(),
)
HELD = st.tuples(CODES, AGENCIES, st.sampled_from(list(LineKind)))
DONE = st.tuples(CODES, AGENCIES, st.sampled_from([ME, OTHER, None]), CODES, AGENCIES, st.booleans())


@given(
    READERS,
    st.lists(HELD, max_size=6),
    st.lists(DONE, max_size=4),
    st.sampled_from(list(Extent)),
    st.sampled_from([Release.AGREED, Release.RECORD]),
    st.data(),
)
def test_no_line_whose_handling_forbids_the_reader_is_ever_in_their_copy(
    reader: Reader,
    held: list[tuple[Handling, UUID, LineKind]],
    done: list[tuple[Handling, UUID, UUID | None, Handling, UUID, bool]],
    extent: Extent,
    release: Release,
    pick: st.DataObject,
) -> None:
    lines = [a_line(f"[line {n}]", code, by, kind=kind) for n, (code, by, kind) in enumerate(held)]
    actions = [
        an_action(
            f"[action {n}]",
            owner,
            handling=code,
            source_agency_id=by,
            why=f"[why {n}]",
            contingency=f"[fails {n}]",
            decision_reason=f"[reason {n}]",
            has_ended=ended,
            concern=Concern(f"[worry {n}]", worry_by, NAMES[worry_by], worry_code),
        )
        for n, (code, by, owner, worry_code, worry_by, ended) in enumerate(done)
    ]
    chosen = pick.draw(st.sampled_from(actions)).id if actions else None
    shown = everything(copy_for(freeze(HEADER, lines, actions, release), reader, extent, chosen))
    for line in lines:
        if not may_have(reader, line.handling, line.source_agency_id):
            assert line.words not in shown
    for one in actions:
        if not may_have(reader, one.handling, one.source_agency_id):
            assert not any(words in shown for words in (one.what, one.why, one.contingency, one.decision_reason))
        if one.concern and not may_have(reader, one.concern.handling, one.concern.source_agency_id):
            assert one.concern.words not in shown
        if extent is Extent.OWN_ACTION and one.id != chosen:
            assert one.what not in shown


@given(READERS, st.lists(HELD, max_size=6))
def test_every_line_that_the_reader_may_have_is_in_the_whole_record(
    reader: Reader, held: list[tuple[Handling, UUID, LineKind]]
) -> None:
    lines = [a_line(f"[line {n}]", code, by, kind=kind) for n, (code, by, kind) in enumerate(held)]
    copy = copy_for(freeze(HEADER, lines, [], Release.RECORD), reader, Extent.WHOLE)
    shown = {line.words for section in copy.sections for line in section.lines}
    assert shown == {line.words for line in lines if may_have(reader, line.handling, line.source_agency_id)}
