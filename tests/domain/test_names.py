"""Names for comparing: however they are typed."""

import pytest

from mace.domain.names import folded, word_order


@pytest.mark.parametrize(
    ("name", "compared"),
    [
        ("Zoë O’Brien", "zoe obrien"),
        ("ZOE O'BRIEN", "zoe obrien"),
        ("Smith-Jones", "smith jones"),
        ("Smith – Jones", "smith jones"),
        ("Kasia Łuczak", "kasia luczak"),
        ("Søren Æbel", "soren aebel"),
        ("Straße", "strasse"),
        ("  two   spaces ", "two spaces"),
        ("100%_", "100"),
        ("Ольга", "ольга"),
        ("!!!", ""),
    ],
)
def test_a_name_is_compared_without_case_accents_and_marks(name: str, compared: str) -> None:
    assert folded(name) == compared


def test_several_names_are_compared_together_and_empty_ones_add_nothing() -> None:
    assert folded("Aisha Ashdown", "", "Pip") == "aisha ashdown pip"


def test_the_order_of_words_does_not_matter() -> None:
    assert word_order("Okoro, Ruth") == word_order("Ruth Okoro")
    assert word_order("Ruth Okoro") != word_order("Ruth Okora")
