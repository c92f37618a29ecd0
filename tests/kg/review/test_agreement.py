"""Agreement between reviewers, beyond chance."""

import csv
from pathlib import Path

import pytest

from kg.review import fleiss_kappa

DATA = Path(__file__).parents[1] / "data"


def test_kappa_of_the_published_example() -> None:
    """Fleiss (1971), table 1: thirty patients, six psychiatrists each, κ = 0.430."""
    with (DATA / "fleiss_1971.tsv").open(encoding="utf-8") as lines:
        _, *rows = csv.reader(lines, delimiter="\t")
    ratings = [[int(cell) for cell in row] for row in rows]

    assert len(ratings) == 30
    assert fleiss_kappa(ratings) == pytest.approx(0.430, abs=0.0005)


def test_kappa_is_one_when_all_agree() -> None:
    assert fleiss_kappa([[3, 0], [0, 3], [3, 0]]) == pytest.approx(1)


def test_kappa_is_below_zero_when_all_disagree() -> None:
    assert fleiss_kappa([[1, 1], [1, 1]]) == pytest.approx(-1)


@pytest.mark.parametrize("ratings", [[], [[3, 0], [3, 0]]])
def test_kappa_is_undefined_without_variety(ratings: list[list[int]]) -> None:
    assert fleiss_kappa(ratings) is None


@pytest.mark.parametrize("ratings", [[[2, 0], [1, 0]], [[1, 0], [0, 1]]])
def test_kappa_needs_the_same_number_of_raters_everywhere(ratings: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="same number of raters"):
        fleiss_kappa(ratings)
