"""Every name that Derm1M uses is accounted for, and the clinical errors of its released tree are not repeated here."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kg import sources
from kg.linking import lexicons, link
from kg.ontology import Ontology, Term
from kg.ontology.names import normalize
from kg.resources import ontology_folder

Row = dict[str, str]
MATCHES = {"exact", "broader term", "narrower term", "several"}
SIZES = {"tree": 369, "labels": 407, "concepts": 129, "concept terms": 64}


def read(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


VOCABULARY = read(ontology_folder() / "derm1m-vocabulary.tsv")
ERRORS = read(Path(__file__).parent / "data" / "derm1m_errors.tsv")


@cache
def names(name_list: str) -> dict[str, list[Row]]:
    """The rows of each name of a list."""
    rows = defaultdict(list)
    for row in VOCABULARY:
        if row["list"] == name_list:
            rows[row["name"]].append(row)
    return dict(rows)


def terms(ontology: Ontology, name: str) -> list[Term]:
    """The terms that a name of the released tree stands for."""
    return [ontology.term(row["term"]) for row in names("tree")[name] if row["term"]]


class ReleasedTree:
    """The tree as released: names as keys, so that equal names share their children."""

    def __init__(self, real_data: Path) -> None:
        self.children: dict[str, list[str]] = json.loads((real_data / "derm1m" / "ontology.json").read_text("utf-8"))
        self.children.pop("root")
        self.names = set(self.children) | {child for below in self.children.values() for child in below}

    def below(self, name: str) -> set[str]:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            new = set(self.children.get(waiting.pop(), ())) - found
            found |= new
            waiting.extend(new)
        return found


@pytest.fixture(scope="module")
def released(real_data: Path) -> ReleasedTree:
    return ReleasedTree(real_data)


def test_every_name_of_the_released_tree_is_accounted_for(released: ReleasedTree) -> None:
    assert names("tree").keys() == released.names


def test_every_key_of_the_concept_terms_is_accounted_for(real_data: Path) -> None:
    keys = json.loads((real_data / "derm1m" / "ConceptTerms.json").read_text("utf-8"))
    assert names("concept terms").keys() == keys.keys()


def test_every_concept_of_published_rows_is_accounted_for(real_data: Path) -> None:
    with (real_data / "derm1m" / "derm1m_v2_sample_100.csv").open(newline="", encoding="utf-8-sig") as file:
        cells = {row["skin_concept"] for row in csv.DictReader(file)} - {"No visual concepts"}
    said = {concept.strip() for cell in cells for concept in cell.split(",")}
    assert said
    assert said <= names("concepts").keys()


@pytest.mark.parametrize(("name_list", "size"), SIZES.items())
def test_each_list_is_whole(name_list: str, size: int) -> None:
    assert len(names(name_list)) == size


def test_the_lists_are_the_known_ones() -> None:
    assert {row["list"] for row in VOCABULARY} == SIZES.keys()


def test_terms_exist_and_their_labels_agree(ontology: Ontology) -> None:
    differ = [row for row in VOCABULARY if row["term"] and ontology.term(row["term"]).label != row["term label"]]
    assert not differ


def test_a_row_without_a_term_says_why() -> None:
    silent = [row for row in VOCABULARY if not row["term"] and (row["match"] or row["term label"] or not row["reason"])]
    assert not silent


def test_a_row_with_a_term_says_how_it_matches() -> None:
    assert {row["match"] for row in VOCABULARY if row["term"]} == MATCHES


def test_a_disease_name_that_does_not_match_exactly_says_why() -> None:
    silent = [
        row["name"]
        for row in VOCABULARY
        if row["match"] not in {"exact", ""} and row["list"] in {"tree", "labels"} and not row["reason"]
    ]
    assert not silent


def test_only_several_names_more_than_one_term() -> None:
    for name_list in SIZES:
        for name, rows in names(name_list).items():
            assert (len(rows) > 1) == all(row["match"] == "several" for row in rows), name
            assert len({row["term"] for row in rows}) == len(rows), name


def test_the_tree_and_the_label_space_agree_on_a_name() -> None:
    def meaning(rows: list[Row]) -> set[tuple[str, str]]:
        return {(row["term"], row["match"]) for row in rows}

    tree = {name.lower(): meaning(rows) for name, rows in names("tree").items()}
    labels = {name.lower(): meaning(rows) for name, rows in names("labels").items()}
    shared = tree.keys() & labels.keys()
    assert len(shared) > 300
    assert {name for name in shared if tree[name] != labels[name]} == set()


def test_conditions_and_groups_are_what_the_tree_names(ontology: Ontology) -> None:
    kinds = {ontology.term(row["term"]).kind for row in VOCABULARY if row["term"] and row["list"] == "tree"}
    assert kinds == {"disease", "defined", "finding"}
    findings = {row["name"] for row in VOCABULARY if row["term"] and "finding, not a condition" in row["reason"]}
    assert {"Desquamation", "Poikiloderma", "erosion of skin"} <= findings


def test_matches_agree_with_the_scope_of_synonyms(ontology: Ontology) -> None:
    """A name that the ontology has as an exact, broad or narrow synonym of the term matches in that way."""
    said = {"exact": "exact", "broad": "narrower term", "narrow": "broader term"}
    differ = []
    for row in VOCABULARY:
        if not row["term"] or row["match"] == "several":
            continue
        term = ontology.term(row["term"])
        scopes = {s.scope for s in term.synonyms if normalize(s.text) == normalize(row["name"])} - {"related"}
        if scopes and row["match"] not in {said[scope] for scope in scopes}:
            differ.append(row)
    assert not differ


def test_no_name_means_a_term_that_excludes_it(ontology: Ontology) -> None:
    excluded = [
        row
        for row in VOCABULARY
        if row["term"] and normalize(row["name"]) in {normalize(name) for name in ontology.term(row["term"]).excluded}
    ]
    assert not excluded


def error_id(row: Row) -> str:
    return f"{row['name']} below {row['filed below']}"


@pytest.mark.parametrize("row", ERRORS, ids=error_id)
def test_a_known_error_of_the_released_tree_does_not_recur(ontology: Ontology, row: Row) -> None:
    meant = terms(ontology, row["name"])
    assert meant
    for term in meant:
        above = {other.label for other in (term, *ontology.ancestors(term))}
        assert row["never below here"] not in above
        assert not row["below here"] or row["below here"] in above


@pytest.mark.parametrize("row", ERRORS, ids=error_id)
def test_a_known_error_stands_in_the_released_tree(released: ReleasedTree, row: Row) -> None:
    assert row["name"] in released.below(row["filed below"])


def test_what_is_malignant_is_never_called_benign(ontology: Ontology) -> None:
    cancers = [
        name
        for name, rows in names("tree").items()
        for row in rows
        if row["term"] and ontology.term(row["term"]).malignancy in {"malignant", "in situ"}
    ]
    group = ontology.term("premalignant, borderline and malignant neoplasms")
    assert len(cancers) > 8
    assert all(group in ontology.ancestors(term) for name in cancers for term in terms(ontology, name))


def differing_paths(ontology: Ontology, released: ReleasedTree) -> Iterator[tuple[str, str]]:
    """Each (name, heading) of the released tree such that the name's term is not below the heading's term here."""
    for upper in sorted(name for name, below in released.children.items() if below):
        group = counterpart(ontology, upper, "exact", "broader term")
        for name in sorted(released.below(upper)) if group else ():
            term = counterpart(ontology, name, "exact")
            if term and group not in {term, *ontology.ancestors(term), *ontology.inferred_ancestors(term)}:
                yield name, upper


def counterpart(ontology: Ontology, name: str, *matches: str) -> Term | None:
    """The one term that a name of the released tree stands for, where it matches in one of these ways."""
    (row, *more) = names("tree")[name]
    return ontology.term(row["term"]) if not more and row["match"] in matches else None


@pytest.fixture(scope="module")
def differing(ontology: Ontology, released: ReleasedTree) -> set[tuple[str, str]]:
    return set(differing_paths(ontology, released))


def test_known_errors_are_among_the_differing_paths(ontology: Ontology, differing: set[tuple[str, str]]) -> None:
    comparable = {
        (row["name"], row["filed below"])
        for row in ERRORS
        if counterpart(ontology, row["name"], "exact")
        and counterpart(ontology, row["filed below"], "exact", "broader term")
    }
    assert len(comparable) > 30
    assert comparable <= differing


@pytest.mark.parametrize(
    ("heading", "names_that_differ"),
    [
        ("fungal", {"Intertrigo"}),
        ("viral", set()),
        ("hereditary", set()),
        ("Hair diseases", {"Alopecia mucinosa"}),
        ("Nail diseases, nail disease", {"Nail psoriasis", "Onychomycosis"}),
        ("parasitic", {"Elephantiasis nostras"}),
    ],
)
def test_elsewhere_the_paths_agree(differing: set[tuple[str, str]], heading: str, names_that_differ: set[str]) -> None:
    assert {name for name, upper in differing if upper == heading} == names_that_differ


@pytest.mark.parametrize("source", ["derm1m", "make"])
def test_a_label_links_to_what_it_stands_for_or_to_less(ontology: Ontology, source: str) -> None:
    """Never to a more special term, such as the ulcer of a diabetic for *foot ulcer*.

    One label keeps the term that it names, so that `sources validate` can tell how often its labeller gave it.
    """
    (fact,) = (fact for fact in sources.describe(source).facts if fact.role == "condition")
    choice = lexicons(ontology, "condition")
    wrong = []
    for name, rows in names("labels").items():
        said = (fact.values or {}).get(name)
        read = [meaning.term for meaning in said] if said is not None else [name]
        found = [linked.term for each in read if (linked := link(each, choice))]
        meant = [ontology.term(row["term"]) for row in rows if row["term"]]
        holds = {term for each in meant for term in (each, *ontology.ancestors(each))}
        if not holds.issuperset(found):
            wrong.append((name, [term.label for term in found]))
    assert [name for name, _ in wrong] == ['irritated seborrheic keratosis (from "sk/isk")']


def test_reviewed_labels_are_labels_of_derm1m() -> None:
    reviewed = read(sources.specification_file("derm1m").with_name("derm1m-labels.tsv"))
    assert {row["label"] for row in reviewed} <= names("labels").keys()


def test_names_of_the_released_tree_that_are_no_names_here(ontology: Ontology) -> None:
    """As docs/sources.md counts them; `derm1m ontology compare-derm1m` knows their terms all the same."""
    choice = lexicons(ontology, "condition")
    unlinked = {name: rows for name, rows in names("tree").items() if not link(name, choice)}
    without_term = [name for name, (row, *_) in unlinked.items() if not row["term"]]
    doubled = [name for name, rows in unlinked.items() if len(rows) == 1 and rows[0]["term"] and "," in name]
    assert (len(unlinked), len(doubled), len(without_term)) == (52, 21, 6)
