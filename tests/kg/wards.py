"""Two made-up wards whose visits say something by every relation: enough of them for counts, ties and contradictions.

The columns are those of `data/ward/source.toml`.
"""

import csv
import shutil
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from kg.build import build
from kg.graph import KnowledgeGraph

if TYPE_CHECKING:
    from kg.ontology import Ontology

SPECIFICATION = Path(__file__).parent / "data" / "ward" / "source.toml"
VISITS = {"north": 70, "south": 50}
CONDITIONS = (
    *("plaque psoriasis", "guttate psoriasis", "atopic dermatitis", "lichen planus", "tinea corporis", "psoriasis"),
    *("nodular melanoma", "melanoma", "basal cell carcinoma", "common melanocytic nevus", "seborrheic keratosis"),
)
PALE_ONLY = "rosacea"
"""A condition that is never seen on the darker tones."""

SITES = ("elbow", "scalp", "nose", "forearm", "back", "face")
TONES = (
    *(f"Fitzpatrick skin type {grade}" for grade in ("I", "II", "III", "IV", "V", "VI")),
    *(f"Monk skin tone {grade}" for grade in range(1, 11)),
)
NOTES = (
    "It's a \"plaque\", isn't it?",
    "Back\\slash \\n, comma, semicolon; tab\there\nand a second line.",
    "ärztlicher Befund – 皮膚 😀 <b>&amp;</b> 'quoted' `ticks`",
    "=SUM(A1) {braces} $dollar %percent |pipe|",
    '"',
    "Melanoma of the back, MELANOMA, melanoma.",
)


def build_wards(ontology: "Ontology", folder: Path, seed: int = 5) -> KnowledgeGraph:
    """The same graph for the same seed; `folder` must not be there yet."""
    random = Random(seed)
    sources = []
    for name, count in VISITS.items():
        ward = folder / name
        ward.mkdir(parents=True)
        shutil.copy(SPECIFICATION, ward)
        visits = [_visit(random, number, count) for number in range(count)]
        with (ward / "visits.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(visits[0]))
            writer.writeheader()
            writer.writerows(visits)
        for visit in visits:
            if random.random() < 0.7:
                (ward / visit["photo"]).touch()
        sources.append((name, ward))
    build(sources, folder / "wards.kg", ontology=ontology, progress=False)
    return KnowledgeGraph.open(folder / "wards.kg")


def _visit(random: Random, number: int, count: int) -> dict[str, str]:
    """One row. Most have a condition, some two that contradict each other; few have all the rest."""

    def perhaps(share: float, *values: str) -> str:
        return random.choice(values) if random.random() < share else ""

    answers = ("yes", "yes", "no")
    patient = f"P{random.randrange(count // 2)}"
    condition = perhaps(0.85, *CONDITIONS, PALE_ONLY)
    tones = TONES[:3] if condition == PALE_ONLY else TONES
    certain = condition in ("", PALE_ONLY)
    return {
        "photo": f"{number:03} ü 'b'.jpg",
        "patient": perhaps(0.7, patient),
        "lesion": perhaps(0.7, f"{patient}L{random.randrange(2)}"),
        "age": perhaps(0.9, "0", "17.5", "30", "40", "60", "61", "85"),
        "sex": perhaps(0.8, "F", "M"),
        "device": perhaps(0.9, "camera", "dermatoscope"),
        "note": perhaps(0.5, *NOTES),
        "diagnosis": condition,
        "biopsy": perhaps(0.7, "yes", "no"),
        "second opinion; by phone": "" if certain else perhaps(0.25, *CONDITIONS),
        "first_thought": perhaps(0.4, *CONDITIONS),
        "certainty": perhaps(0.7, "0.5", "0.25"),
        "second_thought": perhaps(0.3, *CONDITIONS),
        "excluded": perhaps(0.15, *CONDITIONS),
        **{name: perhaps(0.3, *answers, "maybe") for name in ("plaque", "scale", "redness", "papule", "ulcer", "veil")},
        **{name: perhaps(0.2, "yes") for name in ("ruler", "hair")},
        **{name: perhaps(0.4, *answers) for name in ("itch", "bleed", "ache")},
        "site": "/".join(random.sample(SITES, random.randrange(3))),
        "tone_one": perhaps(0.7, *tones),
        "tone_two": perhaps(0.6, *tones),
        "smokes": perhaps(0.4, *answers),
        "years": perhaps(0.5, "5", "20"),
        **{name: perhaps(0.3, *answers) for name in ("sunburn", "kin")},
        "family": perhaps(0.2, *CONDITIONS),
        "before": perhaps(0.1, *CONDITIONS),
    }
