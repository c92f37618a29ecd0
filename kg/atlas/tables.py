"""The tables beside the pictures: Derm1M's twelve columns, and the truth."""

from collections.abc import Sequence

import pyarrow as pa

from kg.atlas.captions import Caption
from kg.atlas.scene import Scene

SEPARATOR = "|"
_DAYS = {"days": 1, "weeks": 7, "months": 30, "years": 365}
_TEXT = pa.string()

DERM1M_COLUMNS = (
    "filename",
    "caption",
    "truncated_caption",
    "source",
    "source_type",
    "disease_label",
    "hierarchical_disease_label",
    "skin_concept",
    "body_location",
    "symptoms",
    "age",
    "gender",
)

TRUTH = pa.schema(
    [
        pa.field("key", _TEXT, nullable=False),
        pa.field("filename", _TEXT, nullable=False),
        pa.field("caption", _TEXT, nullable=False),
        pa.field("condition", _TEXT, nullable=False),  # CURIE
        pa.field("label", _TEXT, nullable=False),
        *(pa.field(f"level_{level}", _TEXT, nullable=False) for level in (1, 2, 3, 4)),  # CURIEs
        pa.field("fitzpatrick", _TEXT, nullable=False),  # labels of the ontology, here and below
        pa.field("monk", _TEXT, nullable=False),
        pa.field("site", _TEXT, nullable=False),
        pa.field("drawn_site", _TEXT, nullable=False),
        pa.field("findings", _TEXT, nullable=False),  # lists are joined with `|`
        pa.field("symptoms", _TEXT, nullable=False),
        pa.field("symptoms_denied", _TEXT, nullable=False),
        pa.field("history", _TEXT, nullable=False),
        pa.field("history_denied", _TEXT, nullable=False),
        pa.field("duration_days", pa.int32()),
        pa.field("artifacts", _TEXT, nullable=False),
        pa.field("patient", _TEXT, nullable=False),
        pa.field("lesion", _TEXT, nullable=False),
        pa.field("age", pa.int16(), nullable=False),
        pa.field("sex", _TEXT, nullable=False),
        pa.field("modality", _TEXT, nullable=False),
    ]
)


def truth_row(scene: Scene, caption: Caption) -> dict[str, object]:
    """All that is true of a picture, whatever its caption tells."""
    history = scene.patient.history
    duration = next((told for told in history if told.value is not None), None)
    return {
        "key": scene.key,
        "filename": scene.filename,
        "caption": caption.text,
        "condition": scene.condition.curie,
        "label": scene.condition.label,
        **{f"level_{level}": curie for level, (curie, _) in enumerate(scene.condition.path, 1)},
        "fitzpatrick": scene.patient.fitzpatrick,
        "monk": scene.patient.monk,
        "site": scene.place.label,
        "drawn_site": scene.place.drawn,
        "findings": SEPARATOR.join(scene.findings),
        "symptoms": SEPARATOR.join(scene.symptoms),
        "symptoms_denied": SEPARATOR.join(scene.denied),
        "history": SEPARATOR.join(told.term for told in history if told.present and told.value is None),
        "history_denied": SEPARATOR.join(told.term for told in history if not told.present),
        "duration_days": duration.value * _DAYS[duration.unit]
        if duration and duration.value and duration.unit
        else None,
        "artifacts": SEPARATOR.join(scene.artifacts),
        "patient": scene.patient.key,
        "lesion": scene.lesion_key,
        "age": scene.patient.age,
        "sex": scene.patient.sex,
        "modality": scene.modality,
    }


def derm1m_row(scene: Scene, caption: Caption) -> list[str]:
    """The row of Derm1M's second version: age, sex and symptoms only where the caption tells them."""
    told = caption.told
    return [
        scene.filename,
        caption.text,
        caption.text,
        "synthetic_atlas",
        "synthetic",
        scene.condition.label.lower(),
        ", ".join(label.lower() for _, label in scene.condition.path),
        ", ".join(scene.findings) or "No visual concepts",
        scene.place.label or "No body location information",
        (", ".join(scene.symptoms) if "symptoms" in told else "") or "No symptom information",
        str(scene.patient.age) if "patient" in told else "No age information",
        scene.patient.sex if "patient" in told else "No gender information",
    ]


def truth_table(scenes: Sequence[Scene], captions: Sequence[Caption]) -> pa.Table:
    """One row an image, in the scenes' order, by the schema `TRUTH`."""
    rows = [truth_row(scene, caption) for scene, caption in zip(scenes, captions, strict=True)]
    return pa.Table.from_pylist(rows, schema=TRUTH)
