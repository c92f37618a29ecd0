"""Small edits of the ontology: a free identifier, a new term, a term withdrawn."""

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
from typer.testing import CliRunner

from cli import app
from kg.editing import IdPolicy, IdRange, add_synonym, add_term, deprecate, mint, read_policy
from kg.errors import InputError, UnknownTerm
from kg.lexicon import Lexicon
from kg.ontology import Ontology
from kg.ontology_page import term_records
from kg.owlxml import to_xml, write
from kg.rdfio import PREFIXES, Document, read
from kg.resources import ontology_folder

OURS = ontology_folder() / "derm1m.owl"
TERM = "https://w3id.org/derm1m/DERM_"
NEW = TERM + "0020000"
TINY = """
@prefix : <https://w3id.org/derm1m/DERM_> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix obo: <http://purl.obolibrary.org/obo/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix oboInOwl: <http://www.geneontology.org/formats/oboInOwl#> .
<https://w3id.org/derm1m/derm1m.owl> a owl:Ontology .
:0000001 a owl:Class ; rdfs:label "skin condition"@en .
:0000003 a owl:Class ; rdfs:label "clinical finding"@en .
:0000006 a owl:Class ; rdfs:label "body site"@en .
:0000011 a owl:Class ; rdfs:label "malignancy"@en .
:0000021 a owl:Class ; rdfs:label "benign"@en ; rdfs:subClassOf :0000011 .
:0010002 a owl:ObjectProperty ; rdfs:label "has malignancy"@en .
obo:BFO_0000050 a owl:ObjectProperty ; rdfs:label "part of"@en .
:0010011 a owl:AnnotationProperty ; rdfs:label "has typical finding"@en .
:0010021 a owl:AnnotationProperty . :0010023 a owl:AnnotationProperty . obo:IAO_0000115 a owl:AnnotationProperty .
:0000101 a owl:Class ; rdfs:label "growths"@en ; rdfs:subClassOf :0000001 ; :0010021 1 .
:0000102 a owl:Class ; rdfs:label "warts"@en ; rdfs:subClassOf :0000101 ; :0010021 2 .
:0000103 a owl:Class ; rdfs:label "warts of skin"@en ; rdfs:subClassOf :0000102 ; :0010021 3 .
:0001001 a owl:Class ; rdfs:label "common wart"@en ; rdfs:subClassOf :0000103, _:benign ; :0010021 4 ;
  oboInOwl:hasExactSynonym "verruca vulgaris"@en ; obo:IAO_0000115 "A rough wart."@en ; :0010011 :0005001 .
_:benign a owl:Restriction ; owl:onProperty :0010002 ; owl:someValuesFrom :0000021 .
[] a owl:Axiom ; owl:annotatedSource :0001001 ; owl:annotatedProperty :0010011 ; owl:annotatedTarget :0005001 ;
  dcterms:source "a book" .
[] a owl:Axiom ; owl:annotatedSource :0001001 ; owl:annotatedProperty rdfs:subClassOf ; owl:annotatedTarget _:benign ;
  dcterms:source "a book" .
:0001002 a owl:Class ; rdfs:label "flat wart"@en ; rdfs:subClassOf :0000103 ; :0010021 4 .
:0005001 a owl:Class ; rdfs:label "papule"@en ; rdfs:subClassOf :0000003 .
:0006001 a owl:Class ; rdfs:label "hand"@en ; rdfs:subClassOf :0000006 .
:0009001 a owl:Class ; rdfs:label "benign growth"@en ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf
  ( :0000001 [ a owl:Restriction ; owl:onProperty :0010002 ; owl:someValuesFrom :0000021 ] ) ] .
dcterms:source a owl:AnnotationProperty . oboInOwl:hasExactSynonym a owl:AnnotationProperty .
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Ontology:
    file = tmp_path / "tiny.ttl"
    file.write_text(TINY, encoding="utf-8")
    return Ontology.load(file)


def _edited(ontology: Ontology, said: list[ox.Quad]) -> Ontology:
    return Ontology(ontology.file, "", Document([*ontology.quads, *said], {}))


class TestMint:
    POLICY = IdPolicy(TERM, 7, (IdRange("Ada", 1, 9), IdRange("Grace", 20, 22)))

    def _mint(self, *numbers: int, editor: str | None = None) -> str:
        class_ = ox.NamedNode("http://www.w3.org/2002/07/owl#Class")
        type_ = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
        return mint([ox.Quad(ox.NamedNode(f"{TERM}{n:07d}"), type_, class_) for n in numbers], self.POLICY, editor)

    def test_identifiers_start_where_the_range_does(self) -> None:
        assert self._mint(editor="Grace") == TERM + "0000020"

    def test_gaps_are_never_filled(self) -> None:
        assert self._mint(1, 5, 21) == TERM + "0000006"

    def test_a_range_that_is_used_up_gives_none(self) -> None:
        with pytest.raises(InputError, match="used up"):
            self._mint(22, editor="grace")

    def test_an_unknown_editor_is_told_the_known_ones(self) -> None:
        with pytest.raises(InputError, match="'Ada', 'Grace'"):
            self._mint(editor="Bob")

    def test_ranges_are_read_as_protege_reads_them(self) -> None:
        policy = read_policy(ontology_folder() / "derm1m-idranges.owl")

        assert (policy.namespace, policy.digits) == (TERM, 7)
        assert [allotted.first for allotted in policy.ranges] == sorted(allotted.first for allotted in policy.ranges)
        assert policy.range_of("Clinical editor 1").first == 20000

    def test_the_numbers_of_properties_belong_to_no_range(self, ontology: Ontology) -> None:
        policy = read_policy(ontology_folder() / "derm1m-idranges.owl")
        kinds = {ox.NamedNode(PREFIXES["owl"] + kind) for kind in ("ObjectProperty", "AnnotationProperty")}
        properties = {quad.subject.value for quad in ontology.quads if quad.object in kinds}
        numbers = {int(iri.removeprefix(TERM)) for iri in properties if iri.startswith(TERM)}

        assert numbers
        for allotted in policy.ranges:
            assert numbers.isdisjoint(range(allotted.first, allotted.last + 1))

    def test_a_file_without_ranges_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "ranges.owl").write_text("Ontology: <http://example.org/>\n")

        with pytest.raises(InputError, match="at least one range"):
            read_policy(tmp_path / "ranges.owl")


class TestAddTerm:
    @pytest.mark.parametrize(
        ("parent", "level"), [("skin condition", 1), ("growths", 2), ("warts", 3), ("warts of skin", 4)]
    )
    def test_a_disease_is_one_level_below_its_parent(self, tiny: Ontology, parent: str, level: int) -> None:
        edited = _edited(tiny, add_term(tiny, NEW, "new thing", parent))

        new = edited.term("new thing")
        assert new.level == level
        assert [above.label for above in edited.superclasses(new)] == [parent]
        assert new.review_status == "unreviewed"

    def test_a_subtype_of_a_condition_keeps_its_group_as_parent_in_the_tree(self, tiny: Ontology) -> None:
        edited = _edited(tiny, add_term(tiny, NEW, "palmar wart", "common wart", malignancy="benign"))

        new = edited.term("palmar wart")
        assert (new.level, new.malignancy) == (4, "benign")
        assert [above.label for above in edited.superclasses(new)] == ["warts of skin", "common wart"]

    def test_a_site_is_part_of_its_parent(self, tiny: Ontology) -> None:
        edited = _edited(tiny, add_term(tiny, NEW, "finger", "hand"))

        assert [whole.label for whole in edited.part_of("finger")] == ["hand"]
        assert [above.label for above in edited.superclasses("finger")] == ["body site"]

    def test_definition_synonyms_and_contributor_are_written_in_english(self, tiny: Ontology) -> None:
        said = add_term(
            tiny, NEW, " new  thing ", "papule", definition="Something\nnew.", synonyms=["novelty"], contributor="Ada"
        )

        new = _edited(tiny, said).term("novelty")
        assert (new.label, new.definition, new.level) == ("new thing", "Something new.", None)
        assert {q.object.language for q in said if isinstance(q.object, ox.Literal)} == {"en", None}

    @pytest.mark.parametrize(
        ("label", "synonyms"),
        [("Common Wart", []), ("verruca-vulgaris", []), ("new", ["flat  wart"]), ("new", ["NEW"]), ("  ", [])],
    )
    def test_names_that_are_taken_or_empty_are_refused(self, tiny: Ontology, label: str, synonyms: list[str]) -> None:
        with pytest.raises(InputError):
            add_term(tiny, NEW, label, "warts of skin", synonyms=synonyms)

    @pytest.mark.parametrize("parent", ["benign growth", "malignancy"])
    def test_nothing_is_put_below_defined_classes_and_values(self, tiny: Ontology, parent: str) -> None:
        with pytest.raises(InputError, match="takes no new term"):
            add_term(tiny, NEW, "new", parent)

    def test_a_taken_identifier_and_an_unknown_parent_are_refused(self, tiny: Ontology) -> None:
        with pytest.raises(InputError, match="taken"):
            add_term(tiny, TERM + "0001001", "new", "warts of skin")
        with pytest.raises(UnknownTerm):
            add_term(tiny, NEW, "new", "no such term")


class TestAddSynonym:
    def test_a_name_has_its_scope_type_and_source(self, ontology: Ontology) -> None:
        said = add_synonym(
            ontology, "verruca vulgaris", " rough  wart ", scope="broad", type_="layperson", source="a leaflet"
        )

        [new] = [
            each for each in _edited(ontology, said).term("verruca vulgaris").synonyms if each.text == "rough wart"
        ]
        assert (new.scope, new.type, new.source) == ("broad", "layperson", "a leaflet")

    def test_the_term_is_found_by_an_exact_name(self, tiny: Ontology) -> None:
        assert _edited(tiny, add_synonym(tiny, "flat wart", "verruca plana")).term("verruca plana").label == "flat wart"

    @pytest.mark.parametrize("name", ["verruca vulgaris", "Flat  WART", "papule", " "])
    def test_names_that_are_taken_known_or_empty_are_refused(self, tiny: Ontology, name: str) -> None:
        with pytest.raises(InputError):
            add_synonym(tiny, "flat wart", name)

    def test_an_unknown_type_lists_those_there_are(self, ontology: Ontology) -> None:
        with pytest.raises(InputError, match="abbreviation, data-set label"):
            add_synonym(ontology, "verruca vulgaris", "rough wart", type_="nickname")


class TestDeprecate:
    def test_nothing_but_names_definition_and_pointer_stays(self, tiny: Ontology) -> None:
        quads = deprecate(tiny, "common wart", replaced_by="flat wart")

        old = ox.NamedNode(TERM + "0001001")
        said = {(q.predicate.value.split("/")[-1], getattr(q.object, "value", "")) for q in quads if q.subject == old}
        assert said == {
            ("22-rdf-syntax-ns#type", "http://www.w3.org/2002/07/owl#Class"),
            ("rdf-schema#label", "obsolete common wart"),
            ("oboInOwl#hasExactSynonym", "verruca vulgaris"),
            ("IAO_0000115", "A rough wart."),
            ("owl#deprecated", "true"),
            ("IAO_0100001", TERM + "0001002"),
        }
        assert not any(q.predicate.value.endswith("annotatedSource") and q.object == old for q in quads)
        to_xml(quads)  # no half of a restriction or annotation is left

    def test_terms_to_consider_are_pointed_to_by_a_defined_property(self, tiny: Ontology) -> None:
        quads = deprecate(tiny, "common wart", consider=["flat wart", "warts of skin"])

        text = to_xml(quads)
        assert text.count("<oboInOwl:consider ") == 2
        assert '<rdfs:label xml:lang="en">consider</rdfs:label>' in text

    def test_a_parent_is_kept_and_its_children_told(self, tiny: Ontology) -> None:
        with pytest.raises(InputError, match=r"(?s)common wart \(DERM:0001001\) is a child.*flat wart .* is a child"):
            deprecate(tiny, "warts of skin")

    def test_a_term_in_knowledge_or_definitions_is_kept_and_its_users_told(self, tiny: Ontology) -> None:
        with pytest.raises(InputError, match=r"common wart \(DERM:0001001\) points to it by has typical finding"):
            deprecate(tiny, "papule")
        with pytest.raises(InputError, match="benign growth"):
            deprecate(tiny, "benign")

    def test_only_terms_in_use_replace_and_are_deprecated(self, tiny: Ontology) -> None:
        gone = Ontology(tiny.file, "", Document(deprecate(tiny, "common wart"), {}))

        with pytest.raises(InputError, match="already"):
            deprecate(gone, TERM + "0001001")
        with pytest.raises(InputError, match="a term in use"):
            deprecate(gone, "flat wart", replaced_by=TERM + "0001001")
        with pytest.raises(InputError, match="its own place"):
            deprecate(tiny, "flat wart", replaced_by="flat wart")
        with pytest.raises(InputError, match="not both"):
            deprecate(tiny, "flat wart", replaced_by="warts", consider=["growths"])


class TestWithdrawnTerm:
    @pytest.fixture
    def gone(self, tiny: Ontology) -> Ontology:
        return Ontology(tiny.file, "", Document(deprecate(tiny, "common wart"), {}))

    def test_is_found_by_its_label_alone(self, gone: Ontology) -> None:
        assert gone.term("obsolete common wart").deprecated
        with pytest.raises(UnknownTerm, match="it is a name of obsolete common wart"):
            gone.term("verruca vulgaris")

    def test_links_no_text(self, gone: Ontology) -> None:
        assert Lexicon(gone).link("obsolete common wart") is None

    def test_is_on_no_page(self, gone: Ontology) -> None:
        assert "obsolete common wart" not in {record["label"] for record in term_records(gone)}

    def test_leaves_its_names_to_others(self, gone: Ontology) -> None:
        assert _edited(gone, add_term(gone, NEW, "verruca vulgaris", "warts of skin")).term("verruca vulgaris")


class TestCommands:
    @pytest.fixture
    def copy(self, tmp_path: Path) -> Path:
        return Path(shutil.copy(OURS, tmp_path / "derm1m.owl"))

    @pytest.fixture
    def small(self, tiny: Ontology, tmp_path: Path) -> Path:
        write(tiny.quads, tmp_path / "tiny.owl")
        return tmp_path / "tiny.owl"

    def _run(self, *arguments: str) -> str:
        result = CliRunner().invoke(app, ["ontology", *arguments], catch_exceptions=False)
        assert result.exit_code == 0
        return result.output.strip()

    def test_a_new_term_is_the_only_difference_of_the_text(self, copy: Path) -> None:
        iri = self._run("mint", "--editor", "Clinical editor 1", "--ontology", str(copy))
        self._run(
            *("add-term", "--label", "test macule", "--parent", "macule", "--definition", "A macule for a test."),
            *("--editor", "Clinical editor 1", "--ontology", str(copy)),
        )

        head, tail = OURS.read_text(encoding="utf-8").split("</rdf:RDF>")
        text = copy.read_text(encoding="utf-8")
        assert text.startswith(head)
        assert text.endswith(f"</rdf:RDF>{tail}")
        assert text[len(head) : -len(tail) - len("</rdf:RDF>")].split("\n") == [
            "    ",
            "",
            "",
            f"    <!-- {iri} -->",
            "",
            f'    <owl:Class rdf:about="{iri}">',
            f'        <rdfs:subClassOf rdf:resource="{Ontology.load(OURS).term("macule").iri}"/>',
            '        <obo:IAO_0000115 xml:lang="en">A macule for a test.</obo:IAO_0000115>',
            '        <dcterms:contributor xml:lang="en">Clinical editor 1</dcterms:contributor>',
            '        <rdfs:label xml:lang="en">test macule</rdfs:label>',
            "        <derm:DERM_0010023>unreviewed</derm:DERM_0010023>",
            "    </owl:Class>",
            "",
        ]

    def test_a_term_comes_and_is_withdrawn_again(self, small: Path) -> None:
        self._run("add-term", "--label", "macule", "--parent", "papule", "--ontology", str(small))
        self._run("deprecate", "macule", "--replaced-by", "papule", "--ontology", str(small))

        assert to_xml(read(small)) == small.read_text(encoding="utf-8")
        assert Ontology.load(small).term("obsolete macule").kind == "other"

    def test_a_refused_edit_changes_nothing(self, small: Path) -> None:
        before = small.read_bytes()

        with pytest.raises(InputError, match="child"):
            self._run("deprecate", "warts", "--ontology", str(small))

        assert small.read_bytes() == before
