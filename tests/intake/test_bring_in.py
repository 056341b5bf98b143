"""What an import makes of an area's workbook, checked against its truth file and row by row."""

from tests.intake.make import TRACKER, TRUTH, imported, truth_of
from tests.world import World


def test_the_import_equals_the_truth_file(world: World) -> None:
    content = TRACKER.read_bytes()
    imported(world, content)
    assert truth_of(world, content) == TRUTH
