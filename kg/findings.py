"""How findings are said in a sentence: things with an article where they can be counted, qualities of them apart."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kg.wording import listed, read_templates, with_article

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term


def say_findings(
    ontology: "Ontology", findings: Iterable["Term"], *, articles: bool = True
) -> tuple[list[str], list[str]]:
    """Phrases for what is seen and for its qualities; qualities of one group share a phrase.

    *plaque*, *red*, *brown* and *scale* give (["a plaque", "scale"], ["red and brown color"]). What is said to be
    absent takes no `articles` ("no plaque"). The rules are `templates/findings.toml`.
    """
    words = read_templates("findings.toml")
    things: list[str] = []
    qualities: dict[str, list[str]] = {}
    for finding in findings:
        groups = [step.label for step in ontology.path(finding)]
        last = finding.label.split()[-1]
        noun = next((words["qualities"][group] for group in groups if group in words["qualities"]), None)
        if finding.label in words["instead"]:
            things.append(words["instead"][finding.label])
        elif noun and last not in words["nouns"]["last_words"]:
            qualities.setdefault(noun, []).append(finding.label)
        elif last in words["counted"]["last_words"] or any(group in words["counted"]["groups"] for group in groups):
            things.append(with_article(finding.label) if articles else finding.label)
        else:
            things.append(finding.label)
    return things, [f"{listed(adjectives)} {noun}" for noun, adjectives in qualities.items()]
