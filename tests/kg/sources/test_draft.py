"""The draft of a source can be loaded and read as it is, and understands real tables."""

from pathlib import Path

import pytest

from kg.errors import InputError
from kg.ontology import Ontology
from kg.source_check import check_data, check_names
from kg.sources.declaration import load_specification
from kg.sources.draft import Draft, draft
from kg.sources.guess import Guess
from kg.sources.reader import read_source
from kg.sources.specification import SourceSpec


def load(drafted: Draft, folder: Path) -> SourceSpec:
    path = folder / "source.toml"
    path.write_text(drafted.text, encoding="utf-8")
    return load_specification(path, "drafted")


def uses(drafted: Draft) -> dict[str, str]:
    return {guess.column: guess.use for guess in drafted.guesses if guess.use and guess.is_sure}


WARD = """photo,patient id,age,gender,diagnosis,itch,limp,site,phototype,partition,remark,signs,url
a.jpg,1,34,F,Psoriasis,yes,no,elbow,2,train,A scaly plaque without any crust.,"['scale', 'plaque']",https://x/a.jpg
b.jpg,1,50,M,acne vulgaris,no,yes,face,6,test,Many comedones and a few pustules here.,['comedo'],https://x/b.jpg
c.jpg,2,7,M,PSX,no,no,face,unknown,test,The lesion is on the cheek.,['papule'],https://x/c.jpg
d.jpg,3,7,F,eczema,no,no,face,1,train,The lesion is on the cheek.,['papule'],https://x/d.jpg
"""


def test_columns_of_a_table_are_guessed_from_names_and_cells(tmp_path: Path, ontology: Ontology) -> None:
    (tmp_path / "ward.csv").write_text(WARD, encoding="utf-8")
    drafted = draft(tmp_path, ontology)
    assert uses(drafted) == {
        "photo": "path",
        "patient id": "patient",
        "age": "age",
        "gender": "sex",
        "diagnosis": "condition",
        "itch": "finding",
        "site": "site",
        "phototype": "tone",
        "partition": "split",
        "remark": "caption",
        "signs": "finding",
    }
    assert drafted.rows == 4
    assert '# Not linked: "PSX" (1)' in drafted.text
    assert "names are no terms: limp" in drafted.text
    assert "# Not used: url" in drafted.text


def test_draft_reads_what_it_was_made_of(tmp_path: Path, ontology: Ontology) -> None:
    (tmp_path / "ward.csv").write_text(WARD, encoding="utf-8")
    spec = load(draft(tmp_path / "ward.csv", ontology), tmp_path)
    reading = read_source(spec, tmp_path, progress=False)
    assert reading.images.select(["key", "patient", "age", "sex", "source_split"]).to_pylist()[1] == {
        "key": "b.jpg",
        "patient": "drafted:1",
        "age": 50,
        "sex": "male",
        "source_split": "test",
    }
    of_a = {
        row["surface"]: row["polarity"] for row in reading.statements.to_pylist() if row["image"] == "drafted:a.jpg"
    }
    assert of_a == {
        "Psoriasis": "present",
        "itch": "present",
        "elbow": "present",
        "Fitzpatrick skin type II": "present",
        "scale": "present",
        "plaque": "present",
    }
    assert reading.captions.num_rows == 4


def test_rows_that_cannot_be_read_are_counted(tmp_path: Path, ontology: Ontology) -> None:
    (tmp_path / "ward.csv").write_text("photo,diagnosis\na.jpg,psoriasis\nb.jpg,ac\0ne\nc.jpg\n", encoding="utf-8")
    drafted = draft(tmp_path, ontology)
    assert (drafted.rows, drafted.unread) == (1, 2)


def test_folders_of_class_names_need_no_table(tmp_path: Path, ontology: Ontology) -> None:
    for name in ("Acne_Vulgaris", "psoriasis", "moon pox"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").write_bytes(b"x")
    drafted = draft(tmp_path, ontology)
    reading = read_source(load(drafted, tmp_path), tmp_path, progress=False)
    assert {row["surface"] for row in reading.statements.to_pylist()} == {"Acne_Vulgaris", "psoriasis", "moon pox"}
    assert '# Not linked: "moon pox" (1)' in drafted.text


def test_folders_of_which_few_are_terms_say_how_many_link(tmp_path: Path, ontology: Ontology) -> None:
    for name in ("acne", "moon pox", "sun rot"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").write_bytes(b"x")
    text = draft(tmp_path, ontology).text
    assert "# 33% of the rows link. Too few to be sure: look at it." in text
    assert '# Not linked: "moon pox" (1)' in text
    assert 'Not linked: "acne"' not in text


def test_a_column_of_which_few_cells_are_terms_lists_the_others(tmp_path: Path, ontology: Ontology) -> None:
    names = ["acne", "moon pox", "sun rot", "star rash", "comet burn", "dust itch sickness"]
    lines = ["photo,diagnosis", *(f"{number}.jpg,{name}" for number, name in enumerate(names))]
    (tmp_path / "ward.csv").write_text("\n".join(lines), encoding="utf-8")
    text = draft(tmp_path, ontology).text
    assert "# 17% of the rows link." in text
    assert 'Not linked: "acne"' not in text


def test_what_a_draft_reads_and_may_not_be_meant_is_a_comment(tmp_path: Path, ontology: Ontology) -> None:
    rows = ["1,nevus,palms/soles", "2,nevus,face", "3,psoriasis,neck"]
    (tmp_path / "ward.csv").write_text("\n".join(["photo,diagnosis,site", *rows]), encoding="utf-8")
    text = draft(tmp_path, ontology).text
    assert '# Unsure: "nevus" (2) links to common melanocytic nevus by a broad synonym; say in values what' in text
    assert '# A cell such as "palms/soles" says each of its names of the image.' in text
    assert '# or all as one, give it a name: values = { "palms/soles" = "NAME OF A TERM" }' in text


def test_folder_of_several_tables_or_of_nothing_is_refused(tmp_path: Path, ontology: Ontology) -> None:
    with pytest.raises(InputError, match="neither a table nor an image"):
        draft(tmp_path, ontology)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("x\n1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"2 tables \(a.csv, b.csv\)"):
        draft(tmp_path, ontology)


def test_hostile_names_and_cells_make_a_toml_file_that_says_the_same(tmp_path: Path, ontology: Ontology) -> None:
    name = 'dia"gnosis\\ \n[[fact]]'
    quoted = name.replace('"', '""')
    (tmp_path / "t.csv").write_text(
        f'img,"{quoted}",diagnosis\n1,psoriasis,"""""\n# x"\n2,acne,"\'\'\'"\n', encoding="utf-8"
    )
    spec = load(draft(tmp_path, ontology), tmp_path)
    assert [fact.column for fact in spec.facts] == [name]


@pytest.mark.parametrize(
    ("path", "key", "used"),
    [
        ("pad_ufes_20/metadata.csv", "img_id", {"patient_id", "gender", "itch", "fitspatrick", "region"}),
        ("fitzpatrick17k/fitzpatrick17k.csv", "md5hash", {"label", "fitzpatrick_scale", "fitzpatrick_centaur"}),
        ("derm1m/derm1m_v2_sample_100.csv", "filename", {"caption", "disease_label", "skin_concept", "body_location"}),
    ],
)
def test_real_tables_are_understood(
    path: str, key: str, used: set[str], real_data: Path, tmp_path: Path, ontology: Ontology
) -> None:
    drafted = draft(real_data / path, ontology)
    assert used <= set(uses(drafted))
    spec = load(drafted, tmp_path)
    assert spec.image.key == f"{{{key}}}"
    assert check_names(spec, ontology) == []
    check = check_data(spec, real_data / path, ontology, most=300)
    assert check.images + sum(check.rejected.values()) == check.rows
    assert all(column.share > 0.5 for column in check.columns)


def test_every_skincon_concept_is_found_by_its_column(real_data: Path, ontology: Ontology) -> None:
    drafted = draft(real_data / "skincon", ontology)
    concepts = [guess for guess in drafted.guesses if guess.answers and guess.use == "finding"]
    assert len(concepts) == 48
    assert all(isinstance(guess, Guess) and guess.answers == (("1",), ("0",)) for guess in concepts)
