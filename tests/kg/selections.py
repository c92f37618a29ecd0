"""Selections drawn at random, in the words of the wards (`wards.py`)."""

from hypothesis import strategies as st

from kg.pairs import TextKind
from kg.selection import Selection
from tests.kg.wards import CONDITIONS, PALE_ONLY, SITES, TONES, VISITS

GROUPS = (
    "inflammatory dermatoses",
    "psoriasis",
    "benign neoplasms, cysts and hamartomas",
    "skin cancer",
    "no melanoma",
)
CONCEPTS = (
    "plaque",
    "silvery scale",
    "scale",
    "ulcer",
    "no plaque",
    "without erythema",
    "ruler",
    "pruritus",
    "no itch",
)
SYMPTOMS = ("pruritus", "bleeding", "no pruritus", "skin symptom")
HISTORY = (
    *("smoking", "no smoking", "family history", "personal history", "family history of psoriasis", "exposure"),
    *("history of melanoma", "family history of melanoma", "personal history of psoriasis", "psoriasis", "skin cancer"),
)


def some(values: tuple[str, ...], most: int = 2) -> st.SearchStrategy[tuple[str, ...]]:
    """Nothing half of the time, else a few of the values."""
    return st.just(()) | st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True).map(tuple)


def ages() -> st.SearchStrategy[tuple[float | None, float | None]]:
    bound = st.none() | st.sampled_from([0.0, 17.5, 30.0, 40.5, 60.0, 85.0])
    return st.tuples(bound, bound).filter(lambda age: None in age or age[0] <= age[1])  # type: ignore[operator]


def selections() -> st.SearchStrategy[Selection]:
    """Selections of any fields but the splits."""
    return st.builds(
        Selection,
        diseases=some((*CONDITIONS, PALE_ONLY, *GROUPS), 3),
        concepts=some(CONCEPTS),
        sites=some((*SITES, "head and neck", "upper limb")),
        skin_tones=some((*TONES, "fitzpatrick:V", "monk:8", "Fitzpatrick skin type", "Monk skin tone"), 3),
        history=some(HISTORY),
        symptoms=some(SYMPTOMS),
        age=st.just((None, None)) | ages(),
        sex=some(("female", "male")),
        modality=some(("clinical", "dermoscopic")),
        sources=some(tuple(VISITS)),
        text_kinds=some(tuple(kind.value for kind in TextKind)),
        available_only=st.booleans(),
        confirmed_by=some(("histopathology", "clinician")),
        min_tone_annotators=st.sampled_from([0, 0, 1, 2]),
    )
