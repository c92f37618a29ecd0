"""Pages that are made from the code are current, and the files beside them can be read."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from kg import schema_page
from kg.picture import colours
from kg.property_graph import EDGES, NODES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def test_the_page_of_the_schema_is_current() -> None:
    page = (DOCS / "schema.md").read_text(encoding="utf-8")
    assert page == schema_page.page(), "write it again: python cli.py schema > docs/schema.md"


def test_the_picture_of_the_schema_is_current_and_shows_every_label_and_type() -> None:
    picture = (DOCS / "schema.svg").read_text(encoding="utf-8")
    assert picture == schema_page.picture(), "write it again: python cli.py schema --picture > docs/schema.svg"
    said = " ".join(text.text or "" for text in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text"))
    assert {*NODES, *EDGES} <= set(re.findall(r"\w+", said))


def test_the_style_of_the_browser_colours_every_label_as_pictures_do() -> None:
    text = (DOCS / "neo4j.grass").read_text(encoding="utf-8")
    rules = dict(re.findall(r"([\w.]+) \{\n((?:  [\w-]+: [^;\n]+;\n)+)\}\n", text))
    assert "".join(f"{name} {{\n{body}}}\n" for name, body in rules.items()) == text
    styles = {name: dict(re.findall(r"  ([\w-]+): ([^;\n]+);", body)) for name, body in rules.items()}
    assert {name.removeprefix("node."): said["color"] for name, said in styles.items() if "." in name} == colours()
    for label, properties in NODES.items():
        [shown] = re.findall(r"\{(\w+)\}", styles[f"node.{label}"]["caption"])
        assert shown in properties


def test_a_variable_of_one_service_is_not_asked_for_by_another() -> None:
    """`${NAME:?}` is looked for whichever service is started."""
    assert ":?" not in (ROOT / "compose.yaml").read_text(encoding="utf-8")


def test_the_compose_file_opens_ports_on_this_machine_alone() -> None:
    yaml = pytest.importorskip("yaml")
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert services.keys() == {"neo4j", "fuseki"}
    assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service["ports"])
