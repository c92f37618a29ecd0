"""Which images are blurred: what is said to be facial or anogenital skin, and what is to be expected there."""

import csv
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kg.build import build
from kg.graph import KnowledgeGraph
from kg.serve.catalogue import Catalogue
from kg.serve.sensitive import sensitive_images
from tests.kg.serve.showroom import SPECIFICATION

if TYPE_CHECKING:
    from kg.ontology import Ontology

CASES = {
    ("acne vulgaris", ""): True,  # very frequent on the face
    ("lentigo maligna", ""): True,  # on parts of the face alone
    ("seborrheic dermatitis", ""): True,
    ("rosacea", ""): True,  # has its location there
    ("scabies", ""): True,  # frequent on the penis
    ("plaque psoriasis", ""): False,
    ("herpetic whitlow", ""): False,  # a kind of herpes simplex with sites of its own
    ("acne vulgaris", "back"): False,  # the source says where
    ("scabies", "finger"): False,
    ("vitiligo", "trunk"): False,  # typical of the face, which is no part of it
    ("acne vulgaris", "head"): True,  # may be the face
    ("acne vulgaris", "scalp"): False,
    ("plaque psoriasis", "cheek"): True,
    ("plaque psoriasis", "head"): False,
    ("basal cell carcinoma", ""): True,  # a group, most of which is
    ("psoriasis", ""): False,
    ("", "vulva"): True,
}


@pytest.fixture(scope="module")
def blurred(ontology: "Ontology", tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    """Of each image of a graph with a picture of each case, whether it is blurred."""
    folder = tmp_path_factory.mktemp("sensitive")
    room = folder / "room"
    room.mkdir()
    shutil.copy(SPECIFICATION, room)
    _write_visits(room / "visits.csv")
    build([("room", room)], folder / "room.kg", ontology=ontology, progress=False)
    graph = KnowledgeGraph.open(folder / "room.kg")
    flags = sensitive_images(Catalogue(graph), ontology)
    return dict(zip(graph.images()["key"].to_pylist(), flags.tolist(), strict=True))


def _write_visits(file: Path) -> None:
    empty = dict.fromkeys(("tone", "note", "patient", "age", "sex", "plaque"), "")
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, ["photo", "diagnosis", "site", *empty])
        writer.writeheader()
        writer.writerows(
            {"photo": f"{diagnosis or None} at {site or None}", "diagnosis": diagnosis, "site": site} | empty
            for diagnosis, site in CASES
        )


@pytest.mark.parametrize(("diagnosis", "site"), CASES)
def test_facial_and_genital_skin_is_blurred_by_site_by_condition_and_by_where_it_typically_is(
    blurred: dict[str, bool], diagnosis: str, site: str
) -> None:
    assert blurred[f"{diagnosis or None} at {site or None}"] == CASES[diagnosis, site]
