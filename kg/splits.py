"""Splits that keep a patient's images together and never change when rows are added."""

import functools
import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError

SPLITS = ("train", "val", "test")
SHARES = (0.8, 0.1, 0.1)


def group_keys(images: pa.Table) -> pa.ChunkedArray:
    """What must not be divided, for each row of `IMAGES`: patient, else lesion, else case, else the image."""
    return pc.coalesce(images["patient"], images["lesion"], images["case"], images["image"])


def assign(groups: pa.Array | pa.ChunkedArray, seed: int = 0, shares: Sequence[float] = SHARES) -> pa.DictionaryArray:
    """The split of each row: *train*, *val* or *test*, as a dictionary array as long as `groups`.

    A group's split is read off a hash of the seed and its key alone, so that the rows around it have no say: the
    shares are those of groups and hold in expectation. Raises `InputError` where `shares` are not three shares of 1.
    """
    check_shares(shares)
    encoded = _encoded(groups)
    draws = draw_numbers(seed, encoded.dictionary.to_pylist())
    chosen = np.searchsorted(np.cumsum(shares[:-1]), draws, side="right").astype(np.int8)
    return pa.DictionaryArray.from_arrays(pa.array(chosen[encoded.indices.to_numpy()]), pa.array(SPLITS))


def check_shares(shares: Sequence[float]) -> None:
    """Raise `InputError` unless `shares` are three numbers of at least 0 that add up to 1."""
    if len(shares) != len(SPLITS) or min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
        raise InputError(
            f"the shares {', '.join(f'{s:g}' for s in shares)} are no split: "
            f"give three of at least 0 that add up to 1, for {', '.join(SPLITS)}"
        )


def _encoded(groups: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    if groups.null_count:
        raise InputError("a row without a group key cannot be given a split: fill patient, lesion, case or image")
    whole = groups.combine_chunks() if isinstance(groups, pa.ChunkedArray) else groups
    return whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()


def draw_numbers(seed: int, keys: Sequence[str]) -> npt.NDArray[np.float64]:
    """A number of at least 0 and below 1 for each key, evenly spread: 53 bits of BLAKE2b."""
    digest = functools.partial(hashlib.blake2b, digest_size=8)
    prefix = f"{seed}\x00".encode()
    encoded = pa.array(keys, pa.string()).cast(pa.binary()).to_pylist()
    digests = b"".join([digest(prefix + key).digest() for key in encoded])
    draws: npt.NDArray[np.float64] = (np.frombuffer(digests, ">u8") >> np.uint64(11)) / 2.0**53
    return draws
