"""Splits: whole groups, the same for ever, in the shares that were asked for."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import InputError
from kg.splits import SPLITS, assign, group_keys

keys = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=60)
seeds = st.integers(0, 2**31)


@settings(deadline=None)
@given(keys, keys, seeds)
def test_adding_rows_changes_no_split(before: list[str], added: list[str], seed: int) -> None:
    alone = assign(pa.array(before), seed).to_pylist()
    among_others = assign(pa.array([*added, *before]), seed).to_pylist()
    assert among_others[len(added) :] == alone


@settings(deadline=None)
@given(keys, seeds)
def test_a_group_is_never_divided(groups: list[str], seed: int) -> None:
    splits = assign(pa.array(groups * 2), seed).to_pylist()
    assert len(set(zip(groups * 2, splits, strict=True))) == len(set(groups))


def test_shares_hold_over_many_groups() -> None:
    splits = assign(pa.array([f"patient {n}" for n in range(20_000)]), 3, (0.7, 0.2, 0.1)).to_pylist()
    shares = [splits.count(name) / len(splits) for name in SPLITS]
    assert shares == pytest.approx([0.7, 0.2, 0.1], abs=0.01)


def test_another_seed_is_another_split() -> None:
    groups = pa.array([f"patient {n}" for n in range(100)])
    assert assign(groups, 0).to_pylist() != assign(groups, 1).to_pylist()


def test_splits_stay_what_they_were_in_earlier_versions() -> None:
    groups = pa.array([f"pad-ufes-20:PAT_{n}" for n in range(8)])
    told = "train test val val test train train train"
    assert assign(groups, 0, (0.4, 0.3, 0.3)).to_pylist() == told.split()


def test_a_share_of_nothing_gets_nothing() -> None:
    groups = pa.array([str(n) for n in range(500)])
    assert set(assign(groups, 0, (0, 0.5, 0.5)).to_pylist()) == {"val", "test"}


@pytest.mark.parametrize("shares", [(0.8, 0.2), (0.8, 0.1, 0.2), (1.1, -0.1, 0), (0, 0, 0)])
def test_shares_that_are_no_split_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="add up to 1"):
        assign(pa.array(["a"]), 0, shares)


def test_group_is_the_patient_else_lesion_else_case_else_image() -> None:
    images = pa.table(
        {
            "image": ["s:1", "s:2", "s:3", "s:4"],
            "patient": ["s:P", None, None, None],
            "lesion": ["s:L", "s:L", None, None],
            "case": ["s:C", "s:C", "s:C", None],
        },
        pa.schema([(name, pa.string()) for name in ("image", "patient", "lesion", "case")]),
    )
    assert group_keys(images).to_pylist() == ["s:P", "s:L", "s:C", "s:4"]


def test_a_row_without_a_group_is_refused() -> None:
    with pytest.raises(InputError, match="without a group key"):
        assign(pa.array(["a", None]))
