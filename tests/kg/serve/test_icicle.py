"""The geometry of the plot."""

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


def test_a_node_is_high_enough_for_its_children_that_share_images() -> None:
    assert bars({"a": 2, "a1": 2, "a2": 2})["a"] == (0, 0, 10, 100)


def test_what_has_no_image_is_left_out() -> None:
    assert bars({"b": 5}).keys() == {"b"}
    assert bars({}) == {}


@given(st.fixed_dictionaries(dict.fromkeys(TREE, st.integers(0, 1000))))
def test_children_lie_within_their_parent(weights: dict[str, float]) -> None:
    placed = bars(weights)
    for parent, children in TREE.items():
        for child in placed.keys() & set(children):
            top, height = placed[child][1], placed[child][3]
            assert placed[parent][1] - 1e-9 <= top
            assert top + height <= placed[parent][1] + placed[parent][3] + 1e-9
