"""`sources …` and `link` as a user meets them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from kg.errors import InputError

WARD = "photo,diagnosis,remark\na.jpg,Psoriasis,A scaly plaque of the left elbow.\nb.jpg,psoriassis,\n"


def derm1m(*arguments: str | Path) -> str:
    """What a command prints; what it raises is raised."""
    done = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_draft_is_written_validated_and_mended(tmp_path: Path) -> None:
    (tmp_path / "ward.csv").write_text(WARD, encoding="utf-8")
    toml, mapping = tmp_path / "ward.toml", tmp_path / "read.tsv"

    derm1m("sources", "new", tmp_path / "ward.csv", "--out", toml)
    with pytest.raises(InputError, match="exists"):
        derm1m("sources", "new", tmp_path / "ward.csv", "--out", toml)
    assert '# Not linked: "psoriassis" (1), perhaps "psoriasis"' in toml.read_text()
    toml.write_text(toml.read_text().replace("# [[", "[[").replace("# role", "role").replace("# column", "column"))
    assert not derm1m("link", tmp_path / "ward.csv", "--column", "diagnosis", "--out", mapping)
    reviewed = mapping.read_text().replace("psoriassis\t\t", "psoriassis\tpsoriasis\t")
    mapping.write_text(reviewed, encoding="utf-8")
    toml.write_text('mapping = "read.tsv"\n' + toml.read_text(), encoding="utf-8")
    after = json.loads(derm1m("sources", "validate", toml, "--data", tmp_path, "--json"))
    assert [(c["column"], c["linked"], c["unlinked"]) for c in after["columns"]] == [("diagnosis", 2, {})]


def test_link_prints_a_row_for_each_label_and_marks_suggestions(tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("psoriassis\nacne vulgaris\nacne vulgaris\nzzz 123\n", encoding="utf-8")
    lines = [[cell.strip() for cell in line.split("  ") if cell] for line in derm1m("link", labels).splitlines()]
    assert lines == [
        ["label", "count", "term", "term label", "how", "confidence"],
        ["acne vulgaris", "2", "DERM:0001544", "acne vulgaris", "label", "0.97"],
        ["psoriassis", "1", "DERM:0000107", "psoriasis", "suggestion: psoriasis", "0.74"],
        ["zzz 123", "1", "no name"],
    ]


def test_validate_leaves_with_1_where_a_name_is_no_term(tmp_path: Path) -> None:
    path = tmp_path / "ward.toml"
    path.write_text(
        'title = "W"\nlicence = "CC0"\ncitation = "W."\nformat_seen = "here"\n[[table]]\nfile = "w.csv"\n'
        '[image]\nkey = "a"\n[[fact]]\nrole = "site"\ncolumn = "b"\nvalues = { x = "elbouw" }\n',
        encoding="utf-8",
    )
    done = CliRunner().invoke(app, ["sources", "validate", str(path)])
    assert done.exit_code == 1
    assert "fact 1 (b): 'elbouw' names no site; perhaps 'elbow'" in done.stdout


def test_list_and_show_name_every_source() -> None:
    listed = json.loads(derm1m("sources", "list", "--json"))
    assert {"ham10000", "scin", "ph2", "milk10k"} <= {each["name"] for each in listed}
    assert all(each["licence_id"] and each["citation"] and each["format_seen"] for each in listed)
    assert "weighted_skin_condition_label" in derm1m("sources", "show", "scin")
