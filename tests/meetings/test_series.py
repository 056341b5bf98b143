"""A series: its name, whom it expects, who runs it, and two people changing it at once."""

from mace.domain.vocabulary import SeriesKind, SeriesRole
from mace.models import Series, SeriesAgency, SeriesPerson
from tests.meetings.make import day, leaves
from tests.pages import CheckedClient
from tests.world import World


def _form(world: World, **changes: object) -> dict[str, object]:
    care, police = world.agencies["care"].id, world.agencies["police"].id
    form: dict[str, object] = {
        "name": "Places and people",
        "kind": "contexts",
        "cadence_days": "14",
        "available_minutes": "90",
        "usual_time": "2pm",
        f"expected-{care}": "yes",
        f"quorum-{police}": "yes",
        f"role-{world.id('chair')}": "chair",
        f"role-{world.id('deputy')}": "co_chair",
    }
    return {**form, **changes}


def _saved(world: World, name: str = "Places and people") -> Series:
    (series,) = world.all(Series, Series.name == name)
    found: Series = series
    return found


def test_a_series_keeps_whom_it_expects_and_who_runs_it(client: CheckedClient, world: World) -> None:
    client.sign_in(world.id("coordinator")).post("/series/new", _form(world))
    series = _saved(world)
    assert (series.kind, series.cadence_days, series.available_minutes) == (SeriesKind.CONTEXTS, 14, 90)
    assert f"{series.usual_time:%H:%M}" == "14:00"
    expected = {row.agency_id: row.for_quorum for row in world.all(SeriesAgency, SeriesAgency.series_id == series.id)}
    assert expected == {world.agencies["care"].id: False, world.agencies["police"].id: True}, "a quorum is expected too"
    roles = {row.person_id: row.role for row in world.all(SeriesPerson, SeriesPerson.series_id == series.id)}
    assert roles == {world.id("chair"): SeriesRole.CHAIR, world.id("deputy"): SeriesRole.CO_CHAIR}


def test_a_name_is_used_once_whatever_its_capitals(client: CheckedClient, world: World) -> None:
    client.sign_in(world.id("coordinator"))
    page = client.post("/series/new", _form(world, name="NORTHBOROUGH mace"), status=422)
    assert "Another series has this name" in page
    assert 'value="NORTHBOROUGH mace"' in page, "what was typed is kept"
    assert len(world.all(Series)) == 1


def test_a_series_expects_somebody(client: CheckedClient, world: World) -> None:
    form = {name: value for name, value in _form(world).items() if not name.startswith(("expected", "quorum"))}
    page = client.sign_in(world.id("coordinator")).post("/series/new", form, status=422)
    assert "Choose at least one agency that is expected" in page
    first = min(world.agencies.values(), key=lambda agency: agency.name)
    assert f'href="#expected-{first.id}"' in page, "the summary leads to a box to tick"
    assert world.all(Series, Series.name == "Places and people") == []


def test_each_field_says_what_it_takes(client: CheckedClient, world: World) -> None:
    wrong = {"name": "", "kind": "", "cadence_days": "0", "available_minutes": "some", "usual_time": "half nine"}
    page = client.sign_in(world.id("coordinator")).post("/series/new", _form(world, **wrong), status=422)
    for words in (
        "Enter the name of the series",
        "Choose what it discusses",
        "Days between meetings must be a whole number from 1 to 366",
        "Minutes for the agenda must be a whole number from 10 to 600",
        "Enter the time like 10:30 or 2pm",
    ):
        assert words in page
    assert 'value="half nine"' in page


def test_somebody_who_leaves_the_part_they_had_is_taken_off(client: CheckedClient, world: World) -> None:
    path = f"/series/{world.series.id}"
    client.sign_in(world.id("coordinator")).post(
        path, {**_form(world, name="Northborough MACE"), "version": 1, f"role-{world.id('chair')}": ""}
    )
    assert [row.person_id for row in world.all(SeriesPerson)] == [world.id("deputy")]
    assert len(world.all(SeriesAgency)) == 2


def test_a_stale_save_shows_both_texts_and_loses_neither(client: CheckedClient, world: World) -> None:
    path = f"/series/{world.series.id}"
    client.sign_in(world.id("coordinator")).post(
        path, _form(world, name="Northborough MACE", version=1, cadence_days="21")
    )
    mine = _form(world, name="Northborough panel", version=1, cadence_days="7")
    page = client.post(path, mine, status=409)
    assert "Somebody else changed this series" in page
    assert "21" in page, "theirs"
    assert 'value="Northborough panel"' in page, "mine"
    version = world.again(world.series).version
    assert f'name="version" type="hidden" value="{version}"' in page or f'value="{version}"' in page
    client.post(path, {**mine, "version": version})
    assert world.again(world.series).name == "Northborough panel"


def test_the_page_says_what_the_next_day_in_the_rhythm_is(client: CheckedClient, world: World) -> None:
    world.a_meeting(world.day(-10))
    page = client.sign_in(world.id("coordinator")).get("/meetings/new")
    following = world.day(18)
    for part in day("held_on", following)["held_on"]:  # type: ignore[attr-defined]
        assert f'value="{int(part):02}"' in page or f'value="{part}"' in page


def test_an_agency_that_left_the_partnership_is_not_expected_any_more(client: CheckedClient, world: World) -> None:
    health = world.agencies["health"]
    leaves(world, health)
    client.sign_in(world.id("coordinator"))
    assert f"expected-{health.id}" not in client.get(f"/series/{world.series.id}")
    assert "Health Trust" not in client.get(f"/meetings/{world.a_meeting().id}/attendance")


def test_only_those_who_run_meetings_see_a_series(client: CheckedClient, world: World) -> None:
    for who in ("worker", "manager", "police_lead", "police", "analyst", "sysadmin", "guest"):
        client.sign_in(world.id(who))
        client.get(f"/series/{world.series.id}", status=404)
        client.get("/series/new", status=403)
