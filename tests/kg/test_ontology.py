"""What the ontology answers, on a small one of the same modelling (data/tiny.ttl)."""

import subprocess
import sys
from pathlib import Path

import networkx as nx
import pyarrow.compute as pc
import pytest

from kg.errors import AmbiguousTerm, InputError, UnknownTerm
from kg.ontology import Knowledge, Ontology, Synonym
from kg.pairs import CLOSURE, KNOWLEDGE, TERMS

TINY = Path(__file__).parent / "data" / "tiny.ttl"


@pytest.fixture(scope="module")
def tiny() -> Ontology:
    return Ontology.load(TINY)


def _labels(terms) -> set[str]:
    return {term.label for term in terms}


@pytest.mark.parametrize(
    "ref",
    [
        "DERM:0001004",
        "DERM_0001004",
        "https://w3id.org/derm1m/DERM_0001004",
        "<https://w3id.org/derm1m/DERM_0001004>",
        "psoriasis",
        " PSORIASIS ",
        "Psoriasis_Vulgaris",
        "psoriasis-vulgaris",
        "pso",
    ],
)
def test_a_term_is_found_by_identifier_label_and_exact_synonym(tiny: Ontology, ref: str) -> None:
    assert tiny.term(ref).curie == "DERM:0001004"


def test_a_term_is_found_by_a_term_of_another_reading(tiny: Ontology) -> None:
    assert tiny.term(Ontology.load(TINY).term("psoriasis")) is tiny.term("psoriasis")


def test_an_unknown_name_brings_the_nearest_ones(tiny: Ontology) -> None:
    with pytest.raises(UnknownTerm, match=r"did you mean psoriasis \(DERM:0001004\)"):
        tiny.term("psoriasys")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("papulosquamous rash", "broad synonym of psoriasis"),
        ("parapsoriasis", "often confused with psoriasis"),
    ],
)
def test_a_name_that_is_not_exact_never_finds_the_term_but_says_whose_it_is(
    tiny: Ontology, name: str, said: str
) -> None:
    with pytest.raises(UnknownTerm, match=said):
        tiny.term(name)


def test_a_shared_name_lists_who_shares_it(tiny: Ontology) -> None:
    with pytest.raises(AmbiguousTerm, match=r"DERM:0002004.*DERM:0002005"):
        tiny.term("mole")


def test_a_term_carries_what_the_file_says_of_it(tiny: Ontology) -> None:
    term = tiny.term("psoriasis")

    assert (term.kind, term.level, term.malignancy, term.core) == ("disease", 4, "not neoplastic", True)
    assert term.definition == "A chronic disease of the skin with scaly plaques."
    assert Synonym("PsO", "exact", "abbreviation", "a textbook") in term.synonyms
    assert term.mappings == (("exactMatch", "DOID:8893"), ("broadMatch", "MESH:D017444"))
    assert term.review_status == "unreviewed"


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("psoriasis", "disease"),
        ("melanocytic neoplasm of foot", "defined"),
        ("silvery scale", "finding"),
        ("itch", "symptom"),
        ("ruler", "artifact"),
        ("toenail", "site"),
        ("Fitzpatrick skin type I", "tone"),
        ("smoking", "history"),
        ("skin condition", "other"),
        ("benign", "other"),
        ("obligate", "other"),
    ],
)
def test_the_kind_of_a_term_is_told_by_its_root(tiny: Ontology, label: str, kind: str) -> None:
    assert tiny.term(label).kind == kind


def test_conditions_are_level_4_and_groups_above(tiny: Ontology) -> None:
    assert tiny.term("psoriasis").is_condition
    assert tiny.term("psoriasis group").is_group
    assert not tiny.term("melanocytic neoplasm").is_group
    assert not tiny.term("itch").is_condition


def test_the_tree_parent_comes_first_and_a_same_level_parent_after(tiny: Ontology) -> None:
    assert [parent.label for parent in tiny.parents("nail psoriasis")] == ["psoriasis group", "psoriasis"]
    assert tiny.tree_parent("nail psoriasis") == tiny.term("psoriasis group")


def test_a_path_runs_from_level_1_to_the_term(tiny: Ontology) -> None:
    assert [term.level for term in tiny.path("nail psoriasis")] == [1, 2, 3, 4]
    assert [term.label for term in tiny.path("toenail")] == ["foot", "toe", "toenail"]
    assert tiny.path("skin condition") == (tiny.term("skin condition"),)


def test_ancestors_have_distances_and_leave_out_the_root(tiny: Ontology) -> None:
    distances = {term.label: steps for term, steps in tiny.ancestors("nail psoriasis").items()}

    assert distances == {
        "nail psoriasis": 0,
        "psoriasis group": 1,
        "psoriasis": 1,
        "papulosquamous disorders": 2,
        "inflammatory disorders": 3,
    }


def test_ancestors_of_a_site_are_what_it_is_part_of(tiny: Ontology) -> None:
    assert {term.label: steps for term, steps in tiny.ancestors("toenail").items()} == {
        "toenail": 0,
        "toe": 1,
        "foot": 2,
    }
    assert tiny.part_of("toenail") == [tiny.term("toe")]


def test_descendants_are_the_terms_that_have_it_as_ancestor(tiny: Ontology) -> None:
    for term in tiny.terms("disease", "site", "finding"):
        assert tiny.descendants(term) == {other for other in tiny.terms() if term in tiny.ancestors(other)}


def test_conditions_below_a_group_include_subtypes_of_conditions(tiny: Ontology) -> None:
    assert _labels(tiny.conditions("psoriasis")) == {"psoriasis", "nail psoriasis"}
    assert _labels(tiny.conditions("neoplasms")) == {"blue nevus", "Spitz nevus", "subungual melanoma"}


def test_level_ancestors_follow_the_tree(tiny: Ontology) -> None:
    assert tiny.level_ancestor("nail psoriasis", 2) == tiny.term("papulosquamous disorders")
    assert tiny.level_ancestor("nail psoriasis", 4) == tiny.term("nail psoriasis")
    assert tiny.level_ancestor("nevi", 4) is None


def test_the_lowest_common_ancestor_is_the_deepest_shared_step(tiny: Ontology) -> None:
    assert tiny.lowest_common_ancestor("blue nevus", "subungual melanoma") == tiny.term("melanocytic lesions")
    assert tiny.lowest_common_ancestor("psoriasis", "psoriasis") == tiny.term("psoriasis")
    assert tiny.lowest_common_ancestor("psoriasis", "blue nevus") is None


def test_a_defined_class_gathers_what_follows_by_cell_of_origin(tiny: Ontology) -> None:
    assert _labels(tiny.conditions("melanocytic neoplasm")) == {"blue nevus", "Spitz nevus", "subungual melanoma"}


def test_a_defined_class_gathers_what_follows_by_site_through_its_parts(tiny: Ontology) -> None:
    assert _labels(tiny.descendants("disorder of foot")) == {
        "disorder of foot",
        "nail psoriasis",
        "subungual melanoma",
        "melanocytic neoplasm of foot",
    }


def test_inferred_ancestors_are_kept_apart_from_asserted_ones(tiny: Ontology) -> None:
    inferred = tiny.inferred_ancestors("subungual melanoma")

    assert _labels(inferred) == {"disorder of foot", "melanocytic neoplasm", "melanocytic neoplasm of foot"}
    assert not inferred & set(tiny.ancestors("subungual melanoma"))


def test_knowledge_runs_from_always_to_rarely(tiny: Ontology) -> None:
    said = [(known.relation, known.term.label, known.frequency) for known in tiny.knowledge("psoriasis")]

    assert said == [
        ("hasFinding", "scale", "obligate"),
        ("hasFinding", "plaque", "very frequent"),
        ("hasTypicalSite", "foot", "occasional"),
        ("hasFinding", "silvery scale", None),
    ]


def test_what_every_case_shows_stands_before_what_is_typical(tiny: Ontology) -> None:
    known = tiny.knowledge("nail psoriasis", inherited=True)

    assert known[:2] == [
        Knowledge("hasDefiningFinding", tiny.term("pitting of nail"), None),
        Knowledge("hasLocation", tiny.term("toenail"), None),
    ]
    assert Knowledge("hasTypicalSymptom", tiny.term("itch"), None) in known
    assert tiny.knowledge("nail psoriasis") == known[:2]


def test_the_closure_says_what_the_walks_say(tiny: Ontology) -> None:
    closure = tiny.closure()

    assert closure.schema == CLOSURE
    rows = closure.to_pylist()
    asserted = {(row["term"], row["ancestor"], row["distance"]) for row in rows if not row["inferred"]}
    inferred = {(row["term"], row["ancestor"]) for row in rows if row["inferred"]}
    tabled = [term for term in tiny.terms() if term.kind != "other"]
    assert asserted == {(t.curie, a.curie, steps) for t in tabled for a, steps in tiny.ancestors(t).items()}
    assert inferred == {(t.curie, a.curie) for t in tabled for a in tiny.inferred_ancestors(t)}
    assert len(rows) == len(asserted) + len(inferred)


def test_tables_point_only_at_terms_of_the_term_table(tiny: Ontology) -> None:
    terms, knowledge = tiny.table(), tiny.knowledge_table()

    assert (terms.schema, knowledge.schema) == (TERMS, KNOWLEDGE)
    known = terms["term"]
    for column in (knowledge["term"], knowledge["object"], tiny.closure()["term"], tiny.closure()["ancestor"]):
        assert pc.all(pc.is_in(column, known.combine_chunks())).as_py()


def test_the_knowledge_table_holds_parts_and_subclasses(tiny: Ontology) -> None:
    edges = {(row["term"], row["relation"], row["object"]) for row in tiny.knowledge_table().to_pylist()}

    assert ("DERM:0000403", "partOf", "DERM:0000402") in edges
    assert ("DERM:0001005", "subClassOf", "DERM:0001004") in edges
    assert ("DERM:0001004", "hasFinding", "DERM:0000302") in edges


def test_statistics_add_up(tiny: Ontology) -> None:
    counts = tiny.statistics()

    assert sum(counts["terms"].values()) == len(tiny)
    assert sum(counts["levels"].values()) == counts["terms"]["disease"]
    assert sum(counts["knowledge"].values()) == sum(len(tiny.knowledge(term)) for term in tiny.terms())


def test_the_graph_is_a_copy_with_edges_from_child_to_parent(tiny: Ontology) -> None:
    graph = tiny.to_networkx()

    assert graph.edges["DERM:0000403", "DERM:0000402"]["relation"] == "partOf"
    assert nx.is_directed_acyclic_graph(graph)
    graph.clear()
    assert tiny.parents("toe")


def test_the_version_is_the_date_of_the_version_iri(tiny: Ontology) -> None:
    assert (tiny.iri, tiny.version) == ("https://w3id.org/derm1m/tiny.owl", "2026-01-31")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("DERM:0010021 2", "DERM:0010021 5"), r"DERM:\d+ has the hierarchy level 5; expected one number from 1 to 4"),
        (("DERM:0010012 DERM:0000401", "DERM:0010012 DERM:0009999"), "DERM:0009999, which is no class of the file"),
        (
            ("rdfs:subClassOf DERM:0000001 .\nDERM:0001002", "rdfs:subClassOf DERM:0001003 .\nDERM:0001002"),
            "runs in a circle: .*psoriasis group",
        ),
        (("a owl:Class", "a rdfs:Class"), "declares no owl:Class"),
    ],
)
def test_an_ontology_that_contradicts_the_modelling_is_refused(
    change: tuple[str, str], said: str, tmp_path: Path
) -> None:
    before, after = change
    text = TINY.read_text(encoding="utf-8")
    assert before in text
    broken = tmp_path / "broken.ttl"
    broken.write_text(text.replace(before, after), encoding="utf-8")

    with pytest.raises(InputError, match=said):
        Ontology.load(broken)


def test_loading_starts_no_reasoner_and_no_table_library() -> None:
    code = (
        "import sys; from kg.ontology import Ontology; Ontology.load(sys.argv[1]).path('psoriasis');"
        "print(*({'pyarrow', 'rdflib', 'kg.reasoning', 'networkx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(TINY)], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""
