"""The published data sets, read and compared with pandas on the same files."""

from collections import Counter
from pathlib import Path

import pytest

from kg import sources
from kg.sources import Reading

pd = pytest.importorskip("pandas")


def table(path: Path) -> "pd.DataFrame":
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def read(name: str, path: Path) -> Reading:
    reading = sources.read(name, path, progress=False)
    assert reading.rows_in == reading.images.num_rows + reading.rejects.num_rows
    return reading


def counts(reading: Reading, *columns: str) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(reading.statements[column].to_pylist() for column in columns), strict=True))


def test_pad_ufes_20(real_data: Path) -> None:
    folder = real_data / "pad_ufes_20"
    truth = table(folder / "metadata.csv")

    reading = read("pad-ufes-20", folder)

    assert reading.images["key"].to_pylist() == truth["img_id"].tolist()
    assert sum(reading.images["available"].to_pylist()) == len(list((folder / "images").glob("*.jpg")))
    assert len(set(reading.images["patient"].to_pylist())) == truth["patient_id"].nunique()
    assert Counter(reading.images["sex"].to_pylist()) == {
        "female": (truth["gender"] == "FEMALE").sum(),
        "male": (truth["gender"] == "MALE").sum(),
        None: (truth["gender"] == "").sum(),
    }
    assert sum(reading.images["age"].to_pylist()) == truth["age"].astype(int).sum()
    said = counts(reading, "column", "polarity")
    for column in ("itch", "grew", "hurt", "changed", "bleed", "elevation", "smoke", "drink", "cancer_history"):
        assert said[column, "present"] == (truth[column] == "True").sum()
        assert said[column, "absent"] == (truth[column] == "False").sum()
    tones = counts(reading, "column", "raw")
    for value, count in truth["fitspatrick"].value_counts().items():
        assert tones["fitspatrick", str(value)] == (count if value else 0)
    confirmed = counts(reading, "column", "confirmed_by")
    assert confirmed["diagnostic", "histopathology"] == (truth["biopsed"] == "True").sum()


def test_pad_ufes_20_history_may_be_of_the_family(real_data: Path) -> None:
    reading = read("pad-ufes-20", real_data / "pad_ufes_20")
    who = counts(reading, "column", "who")
    assert ("smoke", "patient") in who
    assert ("skin_cancer_history", "patient or family") in who


def test_ham10000(real_data: Path) -> None:
    folder = real_data / "ham10000"
    truth = table(folder / "HAM10000_metadata.csv")

    reading = read("ham10000", folder)

    assert reading.images.num_rows == len(truth)
    assert sum(reading.images["available"].to_pylist()) == len(list((folder / "images").glob("*.jpg")))
    assert len(set(reading.images["lesion"].to_pylist())) == truth["lesion_id"].nunique()
    confirmed = counts(reading, "column", "raw", "confirmed_by")
    names = {"histo": "histopathology", "follow_up": "follow-up", "consensus": "consensus", "confocal": "confocal"}
    for (code, method), count in truth.groupby(["dx", "dx_type"]).size().items():
        assert confirmed["dx", code, names[method]] == count
    sites = counts(reading, "column")
    assert sites["localization",] == (truth["localization"] != "unknown").sum()


def test_fitzpatrick17k_joined_with_skincon(real_data: Path) -> None:
    truth = table(real_data / "fitzpatrick17k" / "fitzpatrick17k.csv")
    marks = table(real_data / "skincon" / "annotations_fitzpatrick17k.csv")
    marks = marks[marks["Do not consider this image"] == "0"]
    marks = marks[marks["ImageID"].str.removesuffix(".jpg").isin(truth["md5hash"])]

    reading = read("fitzpatrick17k", real_data)

    assert reading.images["key"].to_pylist() == truth["md5hash"].tolist()
    tones = counts(reading, "annotator", "raw")
    for column in ("fitzpatrick_scale", "fitzpatrick_centaur"):
        for value, count in truth[column].value_counts().items():
            assert tones[column, str(value)] == (0 if value == "-1" else count)
    said = counts(reading, "column", "polarity")
    for column in marks.columns[2:-1]:
        assert said[column, "present"] == (marks[column] == "1").sum()
        assert said[column, "absent"] == (marks[column] == "0").sum()


def test_fitzpatrick17k_without_skincon(real_data: Path) -> None:
    reading = read("fitzpatrick17k", real_data / "fitzpatrick17k")
    assert set(reading.statements["role"].to_pylist()) == {"condition", "tone"}
    assert [note for note in reading.notes if "annotations_fitzpatrick17k.csv" in note]


def test_derm7pt(real_data: Path) -> None:
    folder = real_data / "derm7pt"
    truth = table(folder / "meta.csv")

    reading = read("derm7pt", folder)

    same = (truth["clinic"] == truth["derm"]).sum()
    assert reading.rows_in == 2 * len(truth)
    assert Counter(reading.rejects["reason"].to_pylist()) == {"duplicate image": same}
    assert set(reading.rejects["column"].to_pylist()) == {"derm, clinic"}
    dermoscopic = [row for row in reading.images.to_pylist() if row["modality"] == "dermoscopic"]
    splits = {"train": "train", "valid": "val", "test": "test"}
    for file, split in splits.items():
        cases = truth.iloc[table(folder / f"{file}_indexes.csv")["indexes"].astype(int)]["case_num"]
        assert {row["case"] for row in dermoscopic if row["source_split"] == split} == {f"derm7pt:{n}" for n in cases}
    raw = counts(reading, "column", "raw")
    assert raw["blue_whitish_veil", "present"] == (truth["blue_whitish_veil"] == "present").sum()
    assert raw["streaks", "irregular"] == (truth["streaks"] == "irregular").sum()
    assert raw["diagnosis", "miscellaneous"] == 0
    measured = {row["surface"] for row in reading.statements.to_pylist() if row["raw"].endswith("mm)")}
    assert measured == {"invasive melanoma"}


def test_derm1m_sample(real_data: Path) -> None:
    path = real_data / "derm1m" / "derm1m_v2_sample_100.csv"
    truth = table(path)

    reading = read("derm1m", path)

    assert reading.images["key"].to_pylist() == truth["filename"].tolist()
    assert reading.captions["text"].to_pylist() == truth["caption"].str.strip().tolist()
    said = counts(reading, "column")
    assert said["disease_label",] == (truth["disease_label"] != "no definitive diagnosis").sum()
    assert said["skin_concept",] == (truth["skin_concept"] != "No visual concepts").sum()
    assert said["symptoms",] == (truth["symptoms"] != "No symptom information").sum()
    location = truth["body_location"] != "No body location information"
    sites = counts(reading, "column", "polarity")
    oral = truth["body_location"].str.split(", ").map(lambda names: "oral" in names)
    assert sites["body_location", "uncertain"] == oral.sum() == 7
    assert sites["body_location", "present"] == (location & (truth["body_location"] != "oral")).sum()
    ages = [age for age in reading.images["age"].to_pylist() if age is not None]
    assert len(ages) == (truth["age"] != "No age information").sum()
