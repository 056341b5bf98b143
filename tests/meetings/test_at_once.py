"""Two people do the same thing at the same moment: one of them does it, the other is told, nothing is there twice."""

from collections.abc import Callable
from threading import Barrier, Thread
from uuid import UUID

from flask import Flask

from mace.database import open_session, transaction
from mace.domain.errors import Refused
from mace.domain.vocabulary import Decision, LineKind, Presence, RequestAnswer
from mace.meetings import commands
from mace.models import Contribution, Draft, InformationRequest, LedgerLine, Meeting, RecordVersion
from tests.meetings.make import a_running_item, acting
from tests.world import World


def both(app: Flask, world: World, act: Callable[..., object], *people: str) -> list[str]:
    """Both do it at once, each on a connection of their own; what each was told."""
    actors = [world.actor(who) for who in people]
    together, told = Barrier(len(people)), list[str]()

    def one(actor: object) -> None:
        with open_session(app.extensions["mace_engines"]) as session:
            together.wait(timeout=20)
            try:
                with transaction(session, actor):  # type: ignore[arg-type]
                    act(session, actor)
                told.append("done")
            except Refused as no:
                told.append(no.reason)

    threads = [Thread(target=one, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(told) == len(people), "somebody met an error that is no refusal"
    return sorted(told)


def test_one_of_two_decides(app: Flask, world: World) -> None:
    child = world.a_child()
    action, item = world.an_action(child), a_running_item(world, child)

    def act(session: object, actor: object) -> object:
        return commands.decide_action(
            session,  # type: ignore[arg-type]
            actor,  # type: ignore[arg-type]
            item.id,
            action.id,
            Decision.NOTED,
            area=world.settings.area,
            now=world.now,
        )

    told = both(app, world, act, "chair", "deputy")
    assert told == ["This meeting has already decided about this action", "done"]
    assert len(world.all(LedgerLine)) == 1


def test_one_of_two_closes(app: Flask, world: World) -> None:
    item = a_running_item(world, world.a_child())

    def act(session: object, actor: object) -> object:
        return commands.close_item(session, actor, item.id, area=world.settings.area, now=world.now)  # type: ignore[arg-type]

    told = both(app, world, act, "chair", "deputy")
    assert told == ["This item is closed already: what was agreed has been sent", "done"]
    assert len(world.all(RecordVersion)) == 1


def test_one_of_two_saves_and_the_other_sees_both_texts(app: Flask, world: World) -> None:
    item = a_running_item(world, world.a_child())

    def act(session: object, actor: object) -> object:
        return commands.save_record(
            session,  # type: ignore[arg-type]
            actor,  # type: ignore[arg-type]
            item.id,
            lines={LineKind.WORRY: f"By {actor.name}"},  # type: ignore[attr-defined]
            risk=commands.Risk(),
            version=0,
            area=world.settings.area,
            now=world.now,
        )

    told = both(app, world, act, "chair", "coordinator")
    assert told[0].startswith("Somebody else saved this record")
    assert told[1] == "done"
    assert len(world.all(Contribution)) == 1


def test_one_of_two_makes_the_meeting_of_a_day(app: Flask, world: World) -> None:
    series_id: UUID = world.series.id

    def act(session: object, actor: object) -> object:
        return commands.make_meeting(
            session,  # type: ignore[arg-type]
            actor,  # type: ignore[arg-type]
            series_id,
            held_on=world.day(3),
            starts_at=None,
            place="",
            available_minutes=60,
            minute_taker_id=None,
            area=world.settings.area,
            now=world.now,
        )

    told = both(app, world, act, "chair", "coordinator")
    assert told[0].startswith("This series already has a meeting on")
    assert len(world.all(Meeting)) == 1


def test_one_of_two_publishes(app: Flask, world: World) -> None:
    meeting = world.a_meeting()
    world.an_item(meeting, world.a_child())

    def act(session: object, actor: object) -> object:
        return commands.publish(session, actor, meeting.id, now=world.now)  # type: ignore[arg-type]

    told = both(app, world, act, "chair", "coordinator")
    assert told[0].startswith("The agenda is published already")
    assert len(world.all(InformationRequest)) == 3


def test_one_of_two_starts_and_one_of_two_ends(app: Flask, world: World) -> None:
    meeting = world.a_meeting()
    there = {agency.id: (Presence.PRESENT, "") for agency in world.agencies.values()}

    def start(session: object, actor: object) -> object:
        return commands.start_meeting(session, actor, meeting.id, there, now=world.now)  # type: ignore[arg-type]

    def end(session: object, actor: object) -> object:
        return commands.end_meeting(
            session,  # type: ignore[arg-type]
            actor,  # type: ignore[arg-type]
            meeting.id,
            because="",
            area=world.settings.area,
            now=world.now,
        )

    assert both(app, world, start, "chair", "deputy")[0].startswith("This meeting has begun already")
    assert both(app, world, end, "chair", "deputy")[0].startswith("This meeting is not running")


def test_one_of_two_answers_for_the_agency(app: Flask, world: World) -> None:
    meeting = world.a_meeting()
    world.an_item(meeting, world.a_child())
    with acting(world, "coordinator") as actor:
        commands.publish(world.session, actor, meeting.id, now=world.now)
    (request,) = world.all(InformationRequest, InformationRequest.agency_id == world.agencies["police"].id)

    def act(session: object, who: object) -> object:
        return commands.answer_request(
            session,  # type: ignore[arg-type]
            who,  # type: ignore[arg-type]
            request.id,
            answer=RequestAnswer.HERE_IT_IS,
            words=f"By {who.name}",  # type: ignore[attr-defined]
            version="none",
            now=world.now,
        )

    told = both(app, world, act, "police", "police_lead")
    assert told[0].startswith("Somebody answered this while you were writing")
    assert len(world.all(Contribution)) == 1


def test_a_draft_kept_twice_at_once_is_one_draft(app: Flask, world: World) -> None:
    item = a_running_item(world, world.a_child())

    def act(session: object, actor: object) -> object:
        return commands.save_draft(session, actor, "record", item.id, "[]", now=world.now)  # type: ignore[arg-type]

    assert both(app, world, act, "chair", "chair") == ["done", "done"]
    (draft,) = world.all(Draft)
    assert draft.revision == 2
