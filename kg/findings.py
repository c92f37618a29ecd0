"""How findings are said in a sentence: things with an article where they can be counted, qualities of them apart."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from kg.wording import listed, read_templates, with_article

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term


@dataclass(frozen=True)
class FindingWords:
    """The words for one finding."""

    name: str
    counted: bool = False  # takes an article
    noun: str | None = None  # what the name is an adjective to


Vocabulary = Callable[["Term"], FindingWords]


def finding_vocabulary(ontology: "Ontology") -> Vocabulary:
    """A function that gives the words for a finding by the rules of `templates/findings.toml`, and remembers them."""
    rules = read_templates("findings.toml")

    @cache
    def words(finding: "Term") -> FindingWords:
        groups = [step.label for step in ontology.path(finding)]
        last = finding.label.split()[-1]
        if finding.label in rules["instead"]:
            return FindingWords(rules["instead"][finding.label])
        noun = next((rules["qualities"][group] for group in groups if group in rules["qualities"]), None)
        if noun and last not in rules["nouns"]["last_words"]:
            return FindingWords(finding.label, noun=noun)
        counted = last in rules["counted"]["last_words"] or any(g in rules["counted"]["groups"] for g in groups)
        return FindingWords(finding.label, counted=counted)

    return words


def say_findings(
    findings: Iterable["Term"], vocabulary: Vocabulary, *, articles: bool = True
) -> tuple[list[str], list[str]]:
    """Phrases for what is seen and for its qualities; qualities of one kind share a phrase.

    *plaque*, *red*, *brown* and *scale* give (["a plaque", "scale"], ["red and brown color"]). What is said to be
    absent takes no `articles` ("no plaque").
    """
    things: list[str] = []
    qualities: dict[str, list[str]] = {}
    for words in map(vocabulary, findings):
        if words.noun:
            qualities.setdefault(words.noun, []).append(words.name)
        else:
            things.append(with_article(words.name) if words.counted and articles else words.name)
    return things, [f"{listed(adjectives)} {noun}" for noun, adjectives in qualities.items()]
