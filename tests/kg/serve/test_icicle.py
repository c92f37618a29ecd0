"""The geometry of the plot."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kg.serve.icicle import lay_out

TREE = {"a": ["a1", "a2"], "a1": [], "a2": [], "b": []}


def bars(weights: dict[str, float]) -> dict[str, tuple[float, float, float, float]]:
    placed = lay_out(
        ["b", "a"], TREE.__getitem__, lambda node: weights.get(node, 0), width=20, height=100, levels=2, least=1
    )
    return {bar.node: (bar.x, bar.y, bar.width, bar.height) for bar in placed}


def test_heights_are_shares_and_the_largest_is_on_top() -> None:
    assert bars({"a": 3, "a1": 1, "a2": 2, "b": 1}) == {
        "a": (0, 0, 10, 75),
        "a2": (10, 0, 10, 50),
        "a1": (10, 50, 10, 25),
        "b": (0, 75, 10, 25),
    }


def test_children_that_share_images_reach_below_their_parent_and_nothing_is_stretched() -> None:
    assert bars({"a": 3, "a1": 3, "a2": 1, "b": 1}) == {
        "a": (0, 0, 10, 60),
        "a1": (10, 0, 10, 60),
        "a2": (10, 60, 10, 20),
        "b": (0, 80, 10, 20),
    }


def test_what_has_no_image_is_left_out() -> None:
    assert bars({"b": 5}).keys() == {"b"}
    assert bars({}) == {}


@given(st.fixed_dictionaries(dict.fromkeys(TREE, st.integers(0, 1000))))
def test_heights_are_as_the_weights_and_no_bars_of_a_column_overlap(weights: dict[str, float]) -> None:
    placed = bars(weights)
    scales = {height / weights[node] for node, (_, _, _, height) in placed.items()}
    assert max(scales, default=0) - min(scales, default=0) < 1e-9
    for x in (0, 10):
        column = sorted((top, top + height) for left, top, _, height in placed.values() if left == x)
        assert all(end <= start + 1e-9 for (_, end), (start, _) in pairwise(column))
        assert all(top >= 0 and end <= 100 + 1e-9 for top, end in column)
