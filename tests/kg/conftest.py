"""Small graphs on disk: the tables, the ontology and the account of a build, without the query engines."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import pyarrow as pa

    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology

BUILD = "20260102T030405Z-0a1b2c"

Facts = Sequence[tuple[Any, ...]]  # (image, relation, name of the term[, other columns])


@pytest.fixture(scope="session")
def image_facts(ontology: "Ontology") -> Callable[..., "pa.Table"]:
    """A function from (image, relation, term[, columns]) to `IMAGE_FACTS`."""
    import pyarrow as pa

    from kg.pairs import IMAGE_FACTS

    def table(facts: Facts) -> pa.Table:
        rows = [
            {"image": image, "relation": relation, "term": ontology.term(term).curie, "column": "test", "rule": "label"}
            | dict(*more)
            for image, relation, term, *more in facts
        ]
        return pa.Table.from_pylist(rows, IMAGE_FACTS)

    return table


@pytest.fixture(scope="session")
def write_graph(ontology: "Ontology", image_facts: Callable[[Facts], "pa.Table"]) -> Callable[..., "KnowledgeGraph"]:
    """A function that writes images (dicts of `IMAGES`) and facts as a graph below a folder, and opens it."""
    import pyarrow as pa

    from kg.composition import compose_pairs
    from kg.graph import FORMAT, KnowledgeGraph
    from kg.pairs import CAPTIONS, IMAGES, REJECTS
    from kg.prompts import concept_sentences, ontology_sentences
    from kg.tables import SOURCES, Tables, write_tables

    def write(
        folder: Path,
        images: Sequence[dict[str, Any]],
        facts: Facts,
        captions: dict[str, str] | None = None,
        licences: dict[str, str] | None = None,
    ) -> KnowledgeGraph:
        rows = [
            {"source": i["image"].split(":")[0], "key": i["image"].split(":")[1], "available": bool(i.get("path"))} | i
            for i in images
        ]
        table = pa.Table.from_pylist(rows, IMAGES)
        said = image_facts(facts)
        told = [{"image": i, "column": "caption", "text": text} for i, text in (captions or {}).items()]
        pairs = compose_pairs(
            table,
            pa.Table.from_pylist(told, CAPTIONS),
            ontology_sentences(said, ontology),
            concept_sentences(said, ontology),
        )
        terms_of = dict.fromkeys(sorted({row["source"] for row in rows}), "CC0") | (licences or {})
        sources = [{"source": name, "licence": terms, "citation": name} for name, terms in terms_of.items()]
        tables = Tables(
            images=table,
            pairs=pairs,
            facts=said,
            terms=ontology.table(),
            closure=ontology.closure(),
            knowledge=ontology.knowledge_table(),
            rejects=pa.Table.from_pylist([], REJECTS),
            sources=pa.Table.from_pylist(sources, SOURCES),
        )
        build = folder / "builds" / BUILD
        build.mkdir(parents=True)
        write_tables(build, tables)
        shutil.copyfile(ontology.file, build / "ontology.owl")
        told_of = {"version": ontology.version, "sha256": ontology.sha256}
        info = {"format": FORMAT, "build": BUILD, "pairs": len(pairs), "ontology": told_of}
        (build / "build.json").write_text(json.dumps(info))
        (folder / "current").write_text(f"{BUILD}\n")
        graph = KnowledgeGraph.open(folder)
        graph.__dict__["ontology"] = ontology  # a copy of its file: read once for all graphs
        return graph

    return write


@pytest.fixture(scope="session")
def small_graph(
    tmp_path_factory: pytest.TempPathFactory, write_graph: Callable[..., "KnowledgeGraph"]
) -> "KnowledgeGraph":
    """Seven images of two sources, `a:1` and `a:2` of one patient, `b:1` and `b:2` of one lesion.

    `b:2` cannot be decoded, `b:3` points out of its folder, `b:4` has no file.
    """
    from PIL import Image

    root = tmp_path_factory.mktemp("images")
    for name, colour in (("1.jpg", "tan"), ("2.jpg", "brown"), ("v1.2/3.png", "pink"), ("b1.jpg", "red")):
        (root / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (32, 24), colour).save(root / name)
    (root / "b2.jpg").write_bytes((root / "b1.jpg").read_bytes()[:300])
    a = {"root": str(root), "modality": "clinical"}
    b = {"root": str(root), "modality": "dermoscopic"}
    images = [
        {"image": "a:1", **a, "path": "1.jpg", "patient": "a:P1", "age": 40, "sex": "female"},
        {"image": "a:2", **a, "path": "2.jpg", "patient": "a:P1", "age": 60, "sex": "female"},
        {"image": "a:v1.2/3", **a, "path": "v1.2/3.png", "patient": "a:P2", "age": 61, "sex": "male"},
        {"image": "b:1", **b, "path": "b1.jpg", "lesion": "b:L1", "source_split": "test"},
        {"image": "b:2", **b, "path": "b2.jpg", "lesion": "b:L1", "source_split": "test"},
        {"image": "b:3", **b, "path": "../b1.jpg", "source_split": "train"},
        {"image": "b:4", **b},
    ]
    facts = [
        ("a:1", "depicts", "plaque psoriasis"),
        ("a:1", "depicts", "psoriasis"),
        ("a:1", "shows", "plaque"),
        ("a:1", "shows", "silvery scale"),
        ("a:1", "shows", "ruler"),
        ("a:1", "hasSymptom", "itch"),
        ("a:1", "atSite", "elbow"),
        ("a:1", "hasSkinTone", "Fitzpatrick skin type V", {"annotator": "one"}),
        ("a:1", "hasSkinTone", "Fitzpatrick skin type VI", {"annotator": "two"}),
        ("a:1", "hasHistory", "smoking", {"value": "20", "unit": "years"}),
        ("a:1", "hasHistoryOf", "melanoma", {"who": "family"}),
        ("a:2", "depicts", "guttate psoriasis"),
        ("a:2", "lacksSymptom", "itch"),
        ("a:2", "lacksHistory", "smoking"),
        ("a:2", "hasHistory", "family history of psoriasis"),
        ("a:2", "hasHistoryOf", "melanoma", {"who": "patient"}),
        ("a:v1.2/3", "depicts", "nodular melanoma"),
        ("a:v1.2/3", "hasSkinTone", "Monk skin tone 8"),
        ("a:v1.2/3", "atSite", "forearm"),
        ("a:v1.2/3", "hasSymptom", "bleeding"),
        ("b:1", "depicts", "nodular melanoma"),
        ("b:1", "depicts", "nodular melanoma", {"confirmed_by": "histopathology"}),
        ("b:1", "shows", "blue-whitish veil"),
        ("b:2", "suspects", "nodular melanoma", {"weight": 0.7}),
        ("b:2", "depicts", "seborrheic keratosis", {"confirmed_by": "consensus"}),
        ("b:2", "rulesOut", "melanoma"),
        ("b:3", "depicts", "basal cell carcinoma"),
        ("b:4", "depicts", "basal cell carcinoma"),
        ("b:4", "lacks", "ulcer"),
    ]
    captions = {"a:1": '=1+1 a rash,\twith "quotes"\nand a second line', "b:1": "A melanoma."}
    return write_graph(tmp_path_factory.mktemp("small") / "derm.kg", images, facts, captions)
