"""The page of the ontology in a real browser, from a file and without a network."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kg.ontology import Ontology
from kg.ontology_page import render_page

pytestmark = pytest.mark.integration

TINY = Path(__file__).parents[1] / "kg" / "data" / "tiny.ttl"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def _drawn(page: Path, fragment: str = "") -> str:
    """The document as the browser has drawn it, without the script and the data that drew it."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no browser found: install chromium")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"]
    profile = f"--user-data-dir={page.parent / 'profile'}"
    done = subprocess.run(
        [browser, *options, profile, f"{page.as_uri()}{fragment}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return re.sub(r"<(script|style)\b.*?</\1>", "", done.stdout, flags=re.DOTALL)


def _doing(page: str, script: str) -> str:
    """The page with a script that plays its user; its own policy would not let that run."""
    return re.sub(r'<meta http-equiv="Content-Security-Policy".*?>', "", page).replace(
        "</body>", f"<script>{script}</script></body>"
    )


def test_a_deep_link_opens_its_term(ontology: Ontology, tmp_path: Path) -> None:
    page = tmp_path / "ontology.html"
    page.write_text(render_page(ontology), encoding="utf-8")
    term = ontology.term("plaque psoriasis")

    drawn = _drawn(page, f"#{term.curie.replace(':', '_')}")

    assert f"<h1>{term.label}</h1>" in drawn
    assert f'<p class="definition">{term.definition}</p>' in drawn
    assert re.search(rf'<li role="treeitem"[^>]*aria-label="{term.label}"[^>]*aria-selected="true"', drawn)
    finding = next(known.term for known in ontology.knowledge(term) if known.relation == "hasFinding")
    assert f">{finding.label}</a>" in drawn


def test_without_a_link_it_opens_with_an_overview(tmp_path: Path) -> None:
    page = tmp_path / "tiny.html"
    page.write_text(render_page(Ontology.load(TINY)), encoding="utf-8")

    drawn = _drawn(page)

    assert "Terms by kind" in drawn
    assert drawn.count('role="treeitem"') > 5


def test_a_term_that_is_not_there_is_said_to_be_absent(tmp_path: Path) -> None:
    page = tmp_path / "tiny.html"
    page.write_text(render_page(Ontology.load(TINY)), encoding="utf-8")

    assert "No such term" in _drawn(page, "#DERM_9999999")


def test_a_synonym_is_found_and_opened_by_keys(tmp_path: Path) -> None:
    page = tmp_path / "tiny.html"
    play = (
        "search.value = 'PSORIASIS-vulgaris'; search.dispatchEvent(new Event('input'));"
        "search.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));"
    )
    page.write_text(_doing(render_page(Ontology.load(TINY)), play), encoding="utf-8")

    assert "<h1>psoriasis</h1>" in _drawn(page)


def test_the_tree_is_walked_by_keys(tmp_path: Path) -> None:
    page = tmp_path / "tiny.html"
    play = (
        "const press = (key) => document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', { key, bubbles: true }));"
        "tree.firstElementChild.focus();"
        "for (const key of ['ArrowDown', 'ArrowRight', 'ArrowDown', 'ArrowRight', 'ArrowDown', 'Enter']) press(key);"
    )
    page.write_text(_doing(render_page(Ontology.load(TINY)), play), encoding="utf-8")

    assert "<h1>psoriasis group</h1>" in _drawn(page)


def test_markup_in_a_label_is_shown_and_does_nothing(tmp_path: Path) -> None:
    hostile = "</script><script>document.title = 'broken'</script><img src=x onerror=\\\"document.title='broken'\\\">"
    file, page = tmp_path / "hostile.ttl", tmp_path / "hostile.html"
    text = TINY.read_text(encoding="utf-8").replace(
        '"A chronic disease of the skin with scaly plaques."', f'"{hostile}"'
    )
    file.write_text(text, encoding="utf-8")
    page.write_text(render_page(Ontology.load(file)), encoding="utf-8")

    drawn = _drawn(page, "#DERM_0001004")

    assert "<title>psoriasis" in drawn
    assert "<img" not in drawn
    assert "&lt;img src=x" in drawn
