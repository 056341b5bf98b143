"""One ground for every test that only looks; one of its own for a test that writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mace import create_app
from tests.conftest import own_database
from tests.seen.ground import Ground, make_ground, run_the_meeting
from tests.seen.oracle import Oracle
from tests.seen.table import read_table
from tests.seen.walk import NOBODY, Ear, Walker, ear_for, go_everywhere


def _opened(ground: Ground) -> Iterator[Ground]:
    ground.app = create_app(ground.settings)
    yield ground
    ground.app.extensions["mace_engines"].dispose()


@pytest.fixture(scope="session")
def ground(demo_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The demonstration with the states it lacks, for tests that change nothing."""
    with own_database(tmp_path_factory.mktemp("seen"), demo_template) as settings:
        yield from _opened(make_ground(settings))


@pytest.fixture
def own_ground(demo_template: str, tmp_path: Path) -> Iterator[Ground]:
    """The same for one test that changes it."""
    with own_database(tmp_path, demo_template) as settings:
        yield from _opened(make_ground(settings))


@pytest.fixture(scope="module")
def running(demo_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One for the attempts of a module, with the meeting running."""
    with own_database(tmp_path_factory.mktemp("running"), demo_template) as settings:
        ground = make_ground(settings)
        run_the_meeting(ground)
        yield from _opened(ground)


@pytest.fixture(scope="session")
def ear(ground: Ground) -> Ear:
    """Hears every canary, and every name and number of a subject."""
    return ear_for(ground)


@pytest.fixture(scope="session")
def walks(ground: Ground, ear: Ear) -> dict[str, Walker]:
    """Everybody has been everywhere, once; whoever may have any words of a record followed every link too."""
    rows = read_table()
    without = {"amir", "ellen", "piotr", "sam", "max", "lena", "nora", "dean", "ruth", "daniel", "priya", "olive"}
    return {
        who: go_everywhere(ground, rows, who, ear, follows=who not in without | {NOBODY})
        for who in (*ground.people, NOBODY)
    }


@pytest.fixture(scope="session")
def oracle(ground: Ground, ear: Ear) -> Oracle:
    """What everybody may have, said a second time."""
    with ground.looking() as session:
        return Oracle(session.connection(), ear, ground.today)
