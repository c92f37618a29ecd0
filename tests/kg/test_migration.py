"""Bringing a graph to a later version of the ontology, and back."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyoxigraph as ox
import pytest
from typer.testing import CliRunner

from cli import app
from kg.build import build
from kg.editing import deprecate
from kg.errors import InputError
from kg.folder import current_build, new_build, roll_back
from kg.graph import KnowledgeGraph, prune
from kg.migration import Migration, UndecidedTerms, migrate, read_decisions
from kg.ontology import Ontology
from kg.rdfio import Document
from kg.tables import SCHEMAS

OLD, NEW = "nodular basal cell carcinoma", "basal cell carcinoma"
SMOKING = "DERM:0007151"
_ANNOTATED_SOURCE = "http://www.w3.org/2002/07/owl#annotatedSource"


def _save(quads: list[ox.Quad], file: Path) -> Ontology:
    ox.serialize(quads, str(file), ox.RdfFormat.N_TRIPLES)
    return Ontology.load(file)


def _withdraw(ontology: Ontology, file: Path, term: str, instead: str, replaced_by: str | None = None) -> Ontology:
    """The ontology with a term deprecated, after what builds on it has been pointed to another one."""
    node, other = (ox.NamedNode(ontology.term(name).iri) for name in (term, instead))
    pointed = [
        ox.Quad(q.subject, q.predicate, other)
        if q.object == node and q.predicate.value != _ANNOTATED_SOURCE and q.subject != other
        else q
        for q in ontology.quads
        if not (q.object == node and q.subject == other)
    ]
    freed = Ontology(ontology.file, "", Document(list(dict.fromkeys(pointed)), {}))
    return _save(deprecate(freed, term, replaced_by=replaced_by), file)


def _ask(graph: KnowledgeGraph, curie: str) -> tuple[set[str], set[str]]:
    """The pairs that depict a term, as SPARQL and as Cypher tell them."""
    sparql = f"SELECT ?id WHERE {{ ?pair d1m:depicts {curie} ; dcterms:identifier ?id }}"
    cypher = f"MATCH (p:Pair)-[:DEPICTS]->(d:Disease {{id: '{curie}'}}) RETURN p.id AS id"
    return set(graph.sparql(sparql)["id"].to_pylist()), set(graph.cypher(cypher)["id"].to_pylist())


def _builds(path: Path) -> list[str]:
    return sorted(build.name for build in (path / "builds").iterdir())


def _tables(graph: KnowledgeGraph) -> dict[str, pa.Table]:
    return {name: getattr(graph, name)() for name in SCHEMAS}


@pytest.fixture(scope="module")
def replaced(ontology: Ontology, tmp_path_factory: pytest.TempPathFactory) -> Ontology:
    """A version in which nodular basal cell carcinoma is replaced by basal cell carcinoma."""
    return _withdraw(ontology, tmp_path_factory.mktemp("replaced") / "new.nt", OLD, NEW, replaced_by=NEW)


@pytest.fixture(scope="module")
def considered(ontology: Ontology, tmp_path_factory: pytest.TempPathFactory) -> Ontology:
    """A version in which smoking gives way to terms to consider."""
    file = tmp_path_factory.mktemp("considered") / "new.nt"
    return _save(deprecate(ontology, SMOKING, consider=["exposure", "alcohol use"]), file)


@pytest.fixture
def path(tmp_path: Path, clinic_graph: KnowledgeGraph) -> Path:
    """A copy of the clinic's graph."""
    return Path(shutil.copytree(clinic_graph.folder.parents[1], tmp_path / "derm.kg"))


@pytest.fixture(scope="module")
def migrated(
    tmp_path_factory: pytest.TempPathFactory, clinic_graph: KnowledgeGraph, replaced: Ontology
) -> tuple[Path, Migration]:
    """The clinic's graph after the replacement, and the account."""
    path = tmp_path_factory.mktemp("migrated") / "derm.kg"
    shutil.copytree(clinic_graph.folder.parents[1], path)
    return path, migrate(path, replaced)


class TestReplacedTerm:
    def test_both_graphs_find_its_pairs_under_the_replacement_alone(
        self, clinic_graph: KnowledgeGraph, ontology: Ontology, migrated: tuple[Path, Migration]
    ) -> None:
        old, new = ontology.term(OLD).curie, ontology.term(NEW).curie
        before = _ask(clinic_graph, old)[0]
        assert before

        with KnowledgeGraph.open(migrated[0]) as graph:
            assert _ask(graph, old) == (set(), set())
            assert _ask(graph, new) == (before | _ask(clinic_graph, new)[0],) * 2

    def test_the_account_adds_up_and_stays_with_the_build(
        self, clinic_graph: KnowledgeGraph, ontology: Ontology, replaced: Ontology, migrated: tuple[Path, Migration]
    ) -> None:
        graph, account = KnowledgeGraph.open(migrated[0]), migrated[1]

        (moved,) = account.moved
        assert (moved.label, moved.to, moved.to_label) == (OLD, ontology.term(NEW).curie, NEW)
        assert account.facts_in == account.facts_kept + moved.facts
        assert account.pairs_in == account.pairs_out == len(graph.pairs()) == clinic_graph.info["pairs"]
        assert account.reworded == {"ontology sentence": 1}
        origin = graph.info["migrated_from"]
        assert (origin["build"], origin["ontology"]) == (clinic_graph.info["build"], clinic_graph.info["ontology"])
        assert graph.info["ontology"]["sha256"] == replaced.sha256
        assert origin["account"]["facts_in"] == account.facts_in
        assert graph.info["sources"] == clinic_graph.info["sources"]
        assert graph.info["build"] == account.build == graph.folder.name

    def test_sentences_are_said_anew_under_their_ids_and_captions_stay(
        self, clinic_graph: KnowledgeGraph, migrated: tuple[Path, Migration]
    ) -> None:
        before, after = (graph.pairs().to_pylist() for graph in (clinic_graph, KnowledgeGraph.open(migrated[0])))

        assert [row["pair"] for row in after] == [row["pair"] for row in before]
        changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
        assert [old["pair"] for old, _ in changed] == ["clinic:8:ontology:0"]
        assert [OLD in row["text"] for row in changed[0]] == [True, False]
        assert NEW in changed[0][1]["text"]

    def test_terms_and_closure_are_those_of_the_new_version(
        self, replaced: Ontology, migrated: tuple[Path, Migration]
    ) -> None:
        graph = KnowledgeGraph.open(migrated[0])

        assert graph.terms().equals(replaced.table())
        assert graph.closure().equals(replaced.closure())
        assert graph.ontology.sha256 == replaced.sha256

    def test_doing_it_again_writes_nothing(self, replaced: Ontology, migrated: tuple[Path, Migration]) -> None:
        builds = _builds(migrated[0])

        again = migrate(migrated[0], replaced)

        assert (again.build, again.moved, again.facts_kept) == (None, (), migrated[1].facts_in)
        assert _builds(migrated[0]) == builds


def test_a_version_that_withdraws_nothing_changes_no_table(path: Path, ontology: Ontology, tmp_path: Path) -> None:
    remark = ox.Quad(
        ox.NamedNode(ontology.iri), ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#comment"), ox.Literal("later")
    )
    before = _tables(KnowledgeGraph.open(path))

    account = migrate(path, _save([*ontology.quads, remark], tmp_path / "new.nt"))

    assert account.build
    assert not account.reworded
    for name, table in _tables(KnowledgeGraph.open(path)).items():
        assert table.equals(before[name]), name


def test_a_dry_run_tells_the_same_and_writes_nothing(
    path: Path, replaced: Ontology, migrated: tuple[Path, Migration]
) -> None:
    before = {file: file.stat().st_mtime_ns for file in path.rglob("*")}

    account = migrate(path, replaced, dry_run=True)

    assert account.build is None
    assert account.as_text() == migrated[1].as_text()
    assert {file: file.stat().st_mtime_ns for file in path.rglob("*")} == before


class TestUndecidedTerm:
    def test_terms_to_consider_are_listed_and_nothing_is_written(self, path: Path, considered: Ontology) -> None:
        builds, facts = _builds(path), KnowledgeGraph.open(path).facts()
        with pytest.raises(UndecidedTerms, match=SMOKING) as refused:
            migrate(path, considered)

        (row,) = refused.value.table.to_pylist()
        touched = facts.filter(pc.equal(facts["term"], SMOKING))["pair"]
        assert (row["reason"], row["pairs"]) == ("deprecated, with terms to consider", len(pc.unique(touched)))
        assert "(alcohol use)" in row["candidates"]
        assert "(exposure)" in row["candidates"]
        assert _builds(path) == builds

    def test_a_removed_term_is_listed_and_dropped_by_decision(
        self, path: Path, ontology: Ontology, tmp_path: Path
    ) -> None:
        node = ox.NamedNode(ontology.term(SMOKING).iri)
        removed = _save([q for q in ontology.quads if node not in (q.subject, q.object)], tmp_path / "new.nt")
        with pytest.raises(UndecidedTerms) as refused:
            migrate(path, removed)
        assert refused.value.table["reason"].to_pylist() == ["absent from the new version"]

        account = migrate(path, removed, {SMOKING: "drop"})

        (dropped,) = account.dropped
        assert account.facts_in == account.facts_kept + dropped.facts
        graph = KnowledgeGraph.open(path)
        assert SMOKING not in graph.facts()["term"].to_pylist()
        assert graph.info["sources"][0]["facts"] == account.facts_kept
        assert "smok" not in " ".join(graph.pairs()["text"].to_pylist())

    @pytest.mark.slow
    def test_the_command_writes_the_list_and_goes_by_it_once_it_is_filled_in(
        self, path: Path, considered: Ontology, tmp_path: Path
    ) -> None:
        file, target = tmp_path / "decisions.csv", considered.term("alcohol use").curie
        command = ["ontology", "migrate", str(path), "--to", str(considered.file), "--decisions", str(file)]
        refused = CliRunner().invoke(app, command)
        assert isinstance(refused.exception, InputError)
        assert "decisions.csv" in str(refused.exception)
        with file.open(encoding="utf-8", newline="") as text:
            rows = list(csv.DictReader(text))

        with file.open("w", encoding="utf-8-sig", newline="") as text:
            writer = csv.DictWriter(text, rows[0].keys())
            writer.writeheader()
            writer.writerows(row | {"decision": target} for row in rows)
        done = CliRunner().invoke(app, command, catch_exceptions=False)

        assert f"({SMOKING}) → alcohol use ({target})" in done.output
        graph = KnowledgeGraph.open(path)
        assert target in graph.facts()["term"].to_pylist()
        assert SMOKING not in graph.facts()["term"].to_pylist()

    def test_without_a_file_the_command_prints_the_list(self, path: Path, considered: Ontology) -> None:
        command = ["ontology", "migrate", str(path), "--to", str(considered.file), "--dry-run"]

        printed = CliRunner().invoke(app, command).output.splitlines()

        assert printed[0] == '"term","label","reason","pairs","facts","candidates","decision"'
        assert printed[1].startswith(f'"{SMOKING}",')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("term;decision\n", "no column 'decision'"),
        ("term,decision\nDERM:1,drop\nDERM:1,DERM:2\n", "line 3: DERM:1 is decided twice"),
    ],
)
def test_a_broken_list_of_decisions_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "decisions.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_decisions(tmp_path / "decisions.csv")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory, ontology: Ontology) -> tuple[Migration, KnowledgeGraph]:
    """Of the images 1 (a site, a tone), 2 (melanoma, a site), 3 (melanoma, a ruler, no scale) and 4 (melanoma, a ruler)
    of a made-up source, the sites are dropped by decision, and the ruler is replaced by the finding scale."""
    folder = tmp_path_factory.mktemp("sentences")
    (folder / "visits.csv").write_text(
        "photo,diagnosis,site,tone,ruler,scale\n"
        "1,,elbow,Monk skin tone 8,,\n2,melanoma,elbow,,,\n3,melanoma,,,yes,no\n4,melanoma,,,yes,\n"
    )
    (folder / "source.toml").write_text(
        'title = "t"\nlicence = "CC0"\ncitation = "t"\nformat_seen = "t"\n[[table]]\nfile = "visits.csv"\n'
        '[image]\nkey = "photo"\n[[fact]]\nrole = "condition"\ncolumn = "diagnosis"\n'
        '[[fact]]\nrole = "site"\ncolumn = "site"\n[[fact]]\nrole = "tone"\ncolumn = "tone"\n'
        '[[fact]]\nrole = "finding"\nterms = { scale = "scale", ruler = "ruler" }\n'
        'present = ["yes"]\nabsent = ["no"]\n'
    )
    path = folder / "derm.kg"
    build([("clinic", folder)], path, ontology=ontology)
    without_site = _withdraw(ontology, folder / "site.nt", "elbow", "forearm")
    new = _withdraw(without_site, folder / "new.nt", "ruler", "scale", replaced_by="scale")
    account = migrate(path, new, {ontology.term("elbow").curie: "drop"})
    return account, KnowledgeGraph.open(path)


class TestSentences:
    def test_those_with_nothing_to_say_any_more_go(self, outcome: tuple[Migration, KnowledgeGraph]) -> None:
        account, graph = outcome

        assert account.emptied == {"concept sentence": 2}
        assert graph.pairs()["pair"].to_pylist() == [
            "clinic:2:ontology:0",
            "clinic:3:ontology:0",
            "clinic:3:concept:0",
            "clinic:4:ontology:0",
            "clinic:4:concept:0",
        ]

    def test_those_with_something_to_say_for_the_first_time_come(
        self, outcome: tuple[Migration, KnowledgeGraph]
    ) -> None:
        account, graph = outcome

        assert account.gained == {"concept sentence": 1}
        told = graph.pairs().filter(pc.equal(graph.pairs()["pair"], "clinic:4:concept:0"))
        assert "scale" in told["text"][0].as_py()
        assert account.pairs_out == account.pairs_in - 2 + 1 == len(graph.pairs())

    def test_an_image_left_without_text_becomes_a_reject(self, outcome: tuple[Migration, KnowledgeGraph]) -> None:
        account, graph = outcome

        assert (account.images_untold, account.facts_untold) == (1, 1)
        assert graph.rejects().select(["reason", "detail"]).to_pylist() == [{"reason": "no text", "detail": "clinic:1"}]
        (told,) = graph.info["sources"]
        assert (told["rows_in"], told["images"], told["rejected"]) == (4, 3, {"no text": 1})
        assert told["facts"] == account.facts_kept + sum(moved.facts for moved in account.moved) == 6

    def test_a_term_that_is_now_both_said_and_denied_is_told(self, outcome: tuple[Migration, KnowledgeGraph]) -> None:
        assert outcome[0].contradictions == 1
        assert "both said and denied of an image: 1" in outcome[0].as_text()


class TestRollback:
    @pytest.fixture
    def builds(self, tmp_path: Path) -> Callable[[], str]:
        """A function that puts a new build in use in `tmp_path / "kg"`, and returns its name."""

        def add() -> str:
            with new_build(tmp_path / "kg"):
                pass
            return current_build(tmp_path / "kg").name

        return add

    def test_the_graph_before_a_migration_is_in_use_again(
        self, tmp_path: Path, clinic_graph: KnowledgeGraph, ontology: Ontology, migrated: tuple[Path, Migration]
    ) -> None:
        path = Path(shutil.copytree(migrated[0], tmp_path / "derm.kg"))

        told = CliRunner().invoke(app, ["rollback", "--kg", str(path)], catch_exceptions=False)

        assert told.output == f"in use: build {clinic_graph.info['build']}\n"
        with KnowledgeGraph.open(path) as graph:
            assert all(table.equals(_tables(clinic_graph)[name]) for name, table in _tables(graph).items())
            old = ontology.term(OLD).curie
            assert _ask(graph, old) == _ask(clinic_graph, old) != (set(), set())

    def test_a_build_that_was_rolled_back_is_passed_over_later(self, tmp_path: Path, builds: Callable[[], str]) -> None:
        first, second = builds(), builds()
        assert roll_back(tmp_path / "kg") == first
        third = builds()

        assert roll_back(tmp_path / "kg") == first
        assert _builds(tmp_path / "kg") == sorted([first, second, third])

    def test_the_first_build_has_none_before_it(self, tmp_path: Path, builds: Callable[[], str]) -> None:
        builds()

        with pytest.raises(InputError, match="nothing to go back to"):
            roll_back(tmp_path / "kg")

    def test_there_is_no_way_back_to_a_build_that_was_deleted(self, tmp_path: Path, builds: Callable[[], str]) -> None:
        builds(), builds()
        prune(tmp_path / "kg")

        with pytest.raises(InputError, match="has been deleted"):
            roll_back(tmp_path / "kg")

    def test_without_a_graph_nothing_is_made(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no graph"):
            roll_back(tmp_path / "kg")
        assert not (tmp_path / "kg").exists()
