"""What captions tell of pictures and persons fills what a source leaves empty; a picture of an animal has no facts."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kg.alignment import Alignment, align
from kg.captions import CaptionReader
from kg.ontology import Ontology
from kg.pairs import CAPTIONS, IMAGES, STATEMENTS
from kg.sources import Reading, read

CASES = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "data" / "portraits.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith(("#", "text\t"))
]


@pytest.fixture(scope="module")
def reader(ontology: Ontology) -> CaptionReader:
    return CaptionReader(ontology)


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    folder = tmp_path_factory.mktemp("source")
    (folder / "derm1m_v2_pretrain.csv").write_text(
        "filename,caption,disease_label,skin_concept,body_location,symptoms,age,gender\na.jpg,,,,,,,\n"
    )
    return read("derm1m", folder, progress=False)


def of_image(reading: Reading, ontology: Ontology, *captions: str, **recorded: Any) -> Alignment:
    """One image that the source calls a plaque, with these captions and what else the source records of it."""
    image = {"image": "derm1m:a", "source": "derm1m", "key": "a", "available": False, **recorded}
    texts = [{"image": "derm1m:a", "column": "caption", "text": text} for text in captions]
    said = {"image": "derm1m:a", "role": "finding", "polarity": "present", "column": "skin_concept"}
    return align(
        replace(
            reading,
            images=pa.Table.from_pylist([image], IMAGES),
            captions=pa.Table.from_pylist(texts, CAPTIONS),
            statements=pa.Table.from_pylist([{**said, "surface": "plaque", "raw": "plaque"}], STATEMENTS),
        ),
        ontology,
    )


@pytest.mark.parametrize(("text", "modality", "age", "sex"), CASES, ids=[case[0] for case in CASES])
def test_text_gives_its_portrait(text: str, modality: str, age: str, sex: str, reader: CaptionReader) -> None:
    portrait = reader.read(text).portrait
    told = (portrait.modality, None if portrait.age is None else f"{portrait.age:g}", portrait.sex)
    assert tuple(word or "-" for word in told) == (modality, age, sex)


def test_empty_cells_are_filled_and_counted(reading: Reading, ontology: Ontology) -> None:
    alignment = of_image(reading, ontology, "A dermoscopic image of a 34-year-old woman.")
    (image,) = alignment.images.to_pylist()
    assert (image["modality"], image["age"], image["sex"]) == ("dermoscopic", 34, "female")
    assert alignment.filled == {"modality": 1, "age": 1, "sex": 1}


def test_what_the_source_records_is_kept(reading: Reading, ontology: Ontology) -> None:
    alignment = of_image(reading, ontology, "A dermoscopic image of a 34-year-old woman.", modality="clinical", age=50)
    (image,) = alignment.images.to_pylist()
    assert (image["modality"], image["age"], image["sex"]) == ("clinical", 50, "female")
    assert alignment.filled == {"sex": 1}


def test_captions_that_differ_fill_nothing(reading: Reading, ontology: Ontology) -> None:
    alignment = of_image(reading, ontology, "A 34-year-old woman.", "A 35-year-old woman.")
    (image,) = alignment.images.to_pylist()
    assert (image["age"], image["sex"]) == (None, "female")


def test_picture_of_an_animal_has_no_facts_of_any_column(reading: Reading, ontology: Ontology) -> None:
    alignment = of_image(reading, ontology, "A nodule on the back of this horse.", modality="clinical")
    assert alignment.facts.num_rows == 0
    assert alignment.images["modality"].to_pylist() == ["non-skin"]
    assert alignment.passed_over == {"told of an animal": 2, "of a picture that a caption tells of an animal": 1}


@pytest.mark.parametrize(
    "caption",
    [
        "A bite of a dog.",
        "A woman with scratches; she has a cat at home.",
        "Papules after contact with a cat.",
        "A farmer with a nodule; he treated a horse.",
        "Tinea by a fungus that is often found in dogs.",
        "Fleas of a cat bite; seek veterinary advice.",
    ],
)
def test_person_with_an_animal_keeps_the_facts_of_columns(caption: str, reading: Reading, ontology: Ontology) -> None:
    alignment = of_image(reading, ontology, caption)
    assert "skin_concept" in alignment.facts["column"].to_pylist()
    assert alignment.images["modality"].to_pylist() == [None]
