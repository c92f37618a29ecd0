"""Pairs put together from the texts of images, and the facts that they carry."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.pairs import FACTS, PAIRS, REJECTS, TextKind
from kg.tables import look_up

NO_TEXT = "no text"


def compose_pairs(images: pa.Table, captions: pa.Table, ontology_texts: pa.Table, concept_texts: pa.Table) -> pa.Table:
    """The pairs of `images` (PAIRS): captions (CAPTIONS), ontology sentences, concept sentences (image, text each).

    The n-th text of a kind that an image has makes the pair `image:kind:n`, in the order of the tables. Ordered by
    image, as in `images`, then by kind and number.
    """
    kinds = list(TextKind)
    texts = [table.select(["image", "text"]) for table in (captions, ontology_texts, concept_texts)]
    joined = pa.concat_tables(texts).combine_chunks()
    kind = np.repeat(np.arange(len(kinds)), [len(table) for table in texts])
    place = pc.index_in(joined["image"], value_set=images["image"])
    if place.null_count:
        raise ValueError(f"text of an unknown image: {joined['image'].filter(pc.is_null(place))[0]}")
    group = place.to_numpy() * len(kinds) + kind
    order = np.argsort(group, kind="stable")
    group, kind = group[order], kind[order]
    first = np.flatnonzero(np.diff(group, prepend=-1)) if len(group) else np.empty(0, np.int64)
    number = np.arange(len(group)) - np.repeat(first, np.diff(first, append=len(group)))
    joined = joined.take(pa.array(order))
    slugs = pa.array([kind.slug for kind in kinds]).take(pa.array(kind))
    return pa.table(
        {
            "pair": pc.binary_join_element_wise(joined["image"], slugs, pc.cast(pa.array(number), pa.string()), ":"),
            "image": joined["image"],
            "source": look_up(joined["image"], images["image"], images["source"], "image"),
            "text_kind": pa.array([kind.value for kind in kinds]).take(pa.array(kind)),
            "text": joined["text"],
        },
        schema=PAIRS,
    )


def carry_facts(pairs: pa.Table, facts: pa.Table) -> pa.Table:
    """The facts of each pair, in the order of both tables: those of its image, with `pair` in the place of `image`.

    From `IMAGE_FACTS` it makes `FACTS`; other columns beside `image` are carried alike.
    """
    image = pc.unique(pairs["image"])
    of_pair = pc.index_in(pairs["image"], value_set=image).to_numpy()
    facts = facts.filter(pc.is_in(facts["image"], value_set=image))
    of_fact = pc.index_in(facts["image"], value_set=image).to_numpy()
    order = np.argsort(of_fact, kind="stable")
    count = np.bincount(of_fact, minlength=len(image))
    start = np.cumsum(count) - count
    repeat = count[of_pair]
    end = np.cumsum(repeat)
    within = np.arange(end[-1] if len(end) else 0) - np.repeat(end - repeat, repeat)
    rows = order[np.repeat(start[of_pair], repeat) + within]
    carried = facts.drop_columns("image").take(pa.array(rows, pa.int64()))
    pair = pairs["pair"].take(pa.array(np.repeat(np.arange(len(pairs)), repeat), pa.int64()))
    return carried.add_column(0, FACTS.field("pair"), pair)


def reject_untold(images: pa.Table) -> pa.Table:
    """Rejects of images that no text can be paired with; the reader no longer knows their row, so the id tells them."""
    count = len(images)
    columns = {
        "source": images["source"],
        "file": pa.repeat(pa.scalar(""), count),
        "row": pa.repeat(pa.scalar(0, pa.int64()), count),
        "column": pa.nulls(count, pa.string()),
        "reason": pa.repeat(pa.scalar(NO_TEXT), count),
        "detail": images["image"],
    }
    return pa.table(columns, schema=REJECTS)
