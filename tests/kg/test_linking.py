"""Labels of data sets link by name, by what a reader decided, and otherwise only get a suggestion."""

from collections import Counter
from pathlib import Path

import pytest

from kg.errors import InputError, UnknownTerm
from kg.linking import LabelLink, link_labels, read_labels, write_links
from kg.ontology import Ontology
from kg.reviewed_labels import read_reviewed_labels


def link_one(label: str, ontology: Ontology, kind: str = "condition") -> LabelLink:
    return link_labels({label: 1}, ontology, kind)[0]


@pytest.mark.parametrize(
    ("label", "kind", "term", "how"),
    [
        ("Bullous_Pemphigoid", "condition", "bullous pemphigoid", "label"),
        ("DERM:0001032", "condition", "guttate psoriasis", "identifier"),
        ("nevus, NOS, compound", "condition", "compound nevus", "label, words turned round"),
        ("Basal cell carcinoma, NOS", "condition", "basal cell carcinoma", "label, filler left out"),
        ("psoriasis (of an arm)", "condition", "psoriasis", "label, parenthesis left out"),
        ("Mpox (monkeypox)", "condition", "mpox", "label, parenthesis left out"),
        ("nodular melanoma (melanoma)", "condition", "nodular melanoma", "label, parenthesis left out"),
        (
            'irritated seborrheic keratosis (from "sk/isk")',
            "condition",
            "irritated seborrheic keratosis",
            "label, parenthesis left out",
        ),
        ("psoriasis ()", "condition", "psoriasis", "label, parenthesis left out"),
        ("melanoma (in situ)", "condition", "melanoma in situ", "data-set label"),
        ("Melanoma (metastatic)", "condition", "metastatic melanoma", "label, parenthesis read as words"),
        ("tinea (pedis)", "condition", "tinea pedis", "label, parenthesis read as words"),
        ("eczema (infected)", "condition", "eczema", "narrow synonym, parenthesis read as words"),
        ("torso", "site", "trunk", "exact synonym"),
        ("itching", "finding", "pruritus", "exact synonym"),
        ("FST 4", "tone", "Fitzpatrick skin type IV", "exact synonym"),
        ("type IV", "tone", "Fitzpatrick skin type IV", "exact synonym"),
        ("Type 3.0", "tone", "Fitzpatrick skin type III", "exact synonym"),
        ("II", "tone", "Fitzpatrick skin type II", "exact synonym"),
        ("smoking", "history", "smoking", "label"),
    ],
)
def test_label_links_by_its_best_rule(label: str, kind: str, term: str, how: str, ontology: Ontology) -> None:
    found = link_one(label, ontology, kind)
    assert found.linked
    assert found.term == ontology.term(term)
    assert found.how == how


@pytest.mark.parametrize("label", ["4", "3.0", "I-II", "IIIb", "light"])
def test_tone_of_no_scale_or_of_two_types_links_to_nothing(label: str, ontology: Ontology) -> None:
    assert not link_one(label, ontology, "tone").linked


def test_bare_roman_number_is_a_skin_tone_only_where_a_tone_is_asked_for(ontology: Ontology) -> None:
    assert not link_one("IV", ontology, "condition").linked


def test_more_that_was_changed_is_less_sure(ontology: Ontology) -> None:
    order = ["psoriasis", "nevus, compound", "psoriasis (of an arm)", "psoriassis"]
    sure = [link_one(label, ontology).confidence or 0 for label in order]
    assert sure == sorted(sure, reverse=True)
    assert len(set(sure)) == len(sure)


def test_misspelled_label_gets_a_suggestion_and_no_link(ontology: Ontology) -> None:
    found = link_one("carcinoma, bassal cell", ontology)
    assert not found.linked
    assert (found.how, found.name) == ("suggestion", "basal cell carcinoma")
    assert found.confidence == pytest.approx(0.93)


@pytest.mark.parametrize(
    ("label", "term"),
    [
        ("SCC (in situ)", "SCC"),
        ("pemphigus (vulgaris) (oral)", "pemphigus"),
        ("melanoma (suspected)", "melanoma"),
        ("psoriasis (history of)", "psoriasis"),
        ("psoriasis (?)", "psoriasis"),
    ],
)
def test_parenthesis_that_says_more_or_doubts_leaves_a_suggestion(label: str, term: str, ontology: Ontology) -> None:
    found = link_one(label, ontology)
    assert not found.linked
    assert (found.how, found.term) == ("suggestion", ontology.term(term))


def test_label_like_no_name_has_neither(ontology: Ontology) -> None:
    found = link_one("zzz 123", ontology)
    assert (found.term, found.how, found.confidence) == (None, "no name", None)


def test_list_of_two_conditions_is_no_heading_turned_round(ontology: Ontology) -> None:
    assert not link_one("lichen planus, psoriasis", ontology).linked


def test_reviewed_label_overrides_every_rule(tmp_path: Path, ontology: Ontology) -> None:
    path = tmp_path / "read.tsv"
    path.write_text("label\tterm\tkind\nAcne\trosacea\tcondition\nhorse\t-\t\npsoriassis\t\t\n", encoding="utf-8")
    found = link_labels({"ACNE": 1, "horse": 2, "psoriassis": 3}, ontology, "condition", read_reviewed_labels(path))
    assert [(each.label, each.how, each.term and each.term.label) for each in found] == [
        ("psoriassis", "suggestion", "psoriasis"),
        ("horse", "reviewed: no term", None),
        ("ACNE", "reviewed", "rosacea"),
    ]
    assert link_labels({"acne": 1}, ontology, "finding", read_reviewed_labels(path))[0].how != "reviewed"


def test_table_that_link_writes_can_be_given_back(tmp_path: Path, ontology: Ontology) -> None:
    labels = {"psoriasis": 5, "psoriassis": 2, "zzz 123": 1}
    write_links(tmp_path / "read.tsv", link_labels(labels, ontology), "condition")
    again = link_labels(labels, ontology, "condition", read_reviewed_labels(tmp_path / "read.tsv"))
    assert [each.how for each in again] == ["reviewed", "suggestion", "no name"]


def test_label_that_a_spreadsheet_would_run_is_disarmed_and_read_back(tmp_path: Path, ontology: Ontology) -> None:
    labels = ["=2+5|psoriasis", "-1", "@x", "'=y", "'tis", "acne"]
    links = link_labels(dict.fromkeys(labels, 1), ontology)
    assert write_links(tmp_path / "read.tsv", links, "condition") == 4
    lines = (tmp_path / "read.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert {line.split("\t")[0] for line in lines} == {"'=2+5|psoriasis", "'-1", "'@x", "''=y", "'tis", "acne"}

    undecided = (tmp_path / "read.tsv").read_text(encoding="utf-8")
    (tmp_path / "read.tsv").write_text(undecided.replace("\t\tcondition", "\trosacea\tcondition"), encoding="utf-8")
    again = link_labels(dict.fromkeys(labels, 1), ontology, "condition", read_reviewed_labels(tmp_path / "read.tsv"))
    assert {each.how for each in again} == {"reviewed"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\tterm\na\tb\n", "column 'label' is missing, the columns are name, term"),
        ("label\tterm\nAcne\tacne\nacne\trosacea\n", "line 3: 'acne' has another term in line 2"),
        ("", "the columns are none"),
    ],
)
def test_reviewed_labels_that_cannot_be_used_say_why(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "read.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"read\.tsv") as caught:
        read_reviewed_labels(path)
    assert message in str(caught.value)


def test_reviewed_label_of_an_unknown_term_names_both(tmp_path: Path, ontology: Ontology) -> None:
    path = tmp_path / "read.tsv"
    path.write_text("label\tterm\nx\tmoon pox\n", encoding="utf-8")
    with pytest.raises(UnknownTerm, match=r"read.tsv: 'x' is tied to 'moon pox'"):
        link_labels({"x": 1}, ontology, "condition", read_reviewed_labels(path))


def test_unknown_kind_is_named(ontology: Ontology) -> None:
    with pytest.raises(InputError, match="no kind of label is named 'disease'; choose one of condition"):
        link_labels({"x": 1}, ontology, "disease")


@pytest.mark.parametrize(
    ("name", "text", "column"),
    [
        ("labels.csv", "id,label\n1,acne\n2, acne \n3,\n4,rosacea\n", None),
        ("labels.csv", "id,dx\n1,acne\n2,acne\n3,rosacea\n", "dx"),
        ("labels.tsv", "dx\nacne\nacne\nrosacea\n", None),
        ("labels.txt", "acne\n\nacne\nrosacea\n", None),
        ("labels.csv", "\ufefflabel\nacne\nacne\nrosacea\n", None),
    ],
)
def test_labels_are_counted(name: str, text: str, column: str | None, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert read_labels(path, column) == Counter(acne=2, rosacea=1)


def test_column_that_is_not_clear_must_be_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("id,dx\n1,acne\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column 'label'; the columns are id, dx: name one with --column"):
        read_labels(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("labels.csv", b"label\n" + b"x" * 140_000 + b"\n", "line 2: not a table that can be read: field larger"),
        ("labels.csv", "label\nacne\n".encode("utf-16"), "not UTF-8"),
        ("labels.csv", b"", "the columns are none"),
        (
            "labels.csv",
            b"label,n\nacne,1\nlichen planus, psoriasis,2\n\nnevus, NOS,3\n",
            "2 cells, line 3 has 3, line 5 has 3:",
        ),
        ("labels.csv", b"label\nlichen planus, psoriasis\n", "the header has 1 cell, line 2 has 2"),
        ("labels.csv", b"label,n\nacne\n", "line 2 has 1"),
        ("labels.csv", b"n,label\n1,a\n2,a\n" + b"3,a,b\n" * 5, "line 4 has 3, line 5 has 3, line 6 has 3 and 2 more"),
        (
            "labels.csv",
            b'label,n\nacne,1\n"rosacea,2\nlupus,3\n',
            "line 3: not a table that can be read: unexpected end",
        ),
    ],
)
def test_file_that_is_no_table_of_labels_says_why(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=r"labels\.csv") as caught:
        read_labels(tmp_path / name)
    assert message in str(caught.value)


def test_missing_file_of_labels_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: cannot be read \(No such file"):
        read_labels(tmp_path / "none.csv")


def test_label_of_a_quoted_cell_may_span_lines(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text('label\n"contact\ndermatitis"\n', encoding="utf-8")
    assert read_labels(path) == Counter({"contact\ndermatitis": 1})
