"""How well captions are read: facts of real texts beside what two annotators wrote.

    python -m benchmarks.alignment DATA [--half "held out"] [--errors FILE]
    python -m benchmarks.alignment --labels FILE

DATA is the folder that holds `derm1m/` and `dermavqa/`, as their authors publish them. The texts stay there: beside
this file are only their identifiers and hashes (`texts.tsv`) and the spans, terms and relations that were annotated
(`annotations.tsv`, by `GUIDELINES.md`). Rules were tuned on one half of the texts; the other gives the figures.

FILE for `--labels` is a tab-separated table of labels of data sets with the term that a reader chose for each: columns
`dataset`, `label` and `proposed_condition_or_@group`.
"""

import argparse
import csv
import hashlib
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.alignment.labels import link_labels, report
from kg import sources
from kg.alignment import align
from kg.errors import InputError
from kg.ontology import Ontology

HERE = Path(__file__).parent
GROUPS = {
    "conditions": ("disease",),
    "concepts": ("finding", "symptom", "artifact"),
    "sites": ("site",),
    "skin tones": ("tone",),
    "history": ("history",),
}
"""What is scored together, by kind of term."""

POLARITY = {
    "rulesOut": "absent",
    "lacks": "absent",
    "lacksSymptom": "absent",
    "lacksHistory": "absent",
    "suspects": "uncertain",
    "mayShow": "uncertain",
    "hasHistoryOf": "historical",
}
"""Relations that say other than *present*."""


class Fact(NamedTuple):
    """What a text says, without its place."""

    text: str
    term: str
    relation: str


def published_texts(data: Path) -> Iterator[tuple[str, str]]:
    """(identifier, text) of everything that could be annotated, from the published files below `data`."""
    for name, file in (("derm1m", "derm1m_v2_sample_100.csv"), ("make", "MAKE_training_example.csv")):
        with (data / "derm1m" / file).open(encoding="utf-8-sig", newline="") as rows:
            for number, row in enumerate(csv.DictReader(rows), 1):
                yield f"{name}:{number}", row["caption"]
    for name, file in (("reddit", "reddit_valid_answersonly.json"), ("iiyi", "iiyi_valid_ht.json")):
        for case in json.loads((data / "dermavqa" / file).read_text(encoding="utf-8")):
            key = f"dermavqa-{name}:{case['encounter_id']}"
            if "query_content_en" in case:
                yield f"{key}:question", f"{case['query_title_en']}\n{case['query_content_en']}"
            for number, answer in enumerate(case["responses"]):
                yield f"{key}:{number}", answer["content_en"]


def read_texts(data: Path, half: str) -> dict[str, str]:
    """The annotated texts of a half, by identifier. Raises InputError where a file has another text than was read."""
    known = dict(published_texts(data))
    texts = {}
    for row in _rows(HERE / "texts.tsv"):
        text = known.get(row["text"])
        if text is None or not hashlib.sha256(text.encode()).hexdigest().startswith(row["sha256"]):
            raise InputError(f"{data}: the text {row['text']} is not the one that was annotated: another release?")
        if row["half"] == half:
            texts[row["text"]] = text
    return texts


def read_annotations(texts: Iterable[str], annotator: str = "") -> set[Fact]:
    """What was settled on of these texts, or what one annotator (`a` or `b`) had written."""
    chosen = set(texts)
    return {
        Fact(row["text"], row["term"], row["relation"])
        for row in _rows(HERE / "annotations.tsv")
        if row["text"] in chosen and (annotator in row["annotators"] if annotator else row["kept"] == "yes")
    }


def read_facts(texts: dict[str, str], ontology: Ontology) -> set[Fact]:
    """What the software takes from the texts, by the way that captions of any source go."""
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "texts.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["key", "caption"])
            writer.writerows(texts.items())
        (Path(folder) / "source.toml").write_text(
            'title = "texts"\nlicence = "-"\ncitation = "-"\nformat_seen = "-"\ncaptions = ["caption"]\n'
            '[[table]]\nfile = "texts.csv"\n[image]\nkey = "key"\n',
            encoding="utf-8",
        )
        reading = sources.read("texts", Path(folder), progress=False)
    facts = align(reading, ontology).facts.select(["image", "term", "relation"]).to_pylist()
    return {Fact(fact["image"].removeprefix("texts:"), fact["term"], fact["relation"]) for fact in facts}


def most_specific(facts: set[Fact], ontology: Ontology) -> set[Fact]:
    """The facts without those that a more specific one of the same text and relation implies, as in the graph."""
    implied = {
        Fact(fact.text, ancestor.curie, fact.relation)
        for fact in facts
        if POLARITY.get(fact.relation) != "absent"
        for ancestor in ontology.ancestors(fact.term)
        if ancestor.curie != fact.term
    }
    return facts - implied


def score(found: set[Fact], true: set[Fact]) -> tuple[float, float, float]:
    """Precision, recall and F1; not a number where there is nothing to find."""
    hits = len(found & true)
    precision = hits / len(found) if found else float("nan")
    recall = hits / len(true) if true else float("nan")
    both = len(found) + len(true)
    return precision, recall, 2 * hits / both if both else float("nan")


def interval(found: set[Fact], true: set[Fact], texts: Iterable[str], draws: int = 1000) -> tuple[float, float]:
    """95 % of F1 over texts drawn with replacement (percentile bootstrap, seeded)."""
    counts: dict[str, list[int]] = {text: [0, 0, 0] for text in texts}
    for number, facts in enumerate((found & true, found, true)):
        for fact in facts:
            counts[fact.text][number] += 1
    table = np.array(list(counts.values()))
    chosen = np.random.default_rng(0).integers(len(table), size=(draws, len(table)))
    hits, ours, theirs = table[chosen].sum(axis=1).T
    low, high = np.nanpercentile(2 * hits / np.maximum(ours + theirs, 1), [2.5, 97.5])
    return float(low), float(high)


def kappa(pairs: list[tuple[str, str]]) -> float:
    """Cohen's kappa of two readers' labels (Educ Psychol Meas 20:37, 1960)."""
    agreed = sum(one == other for one, other in pairs) / len(pairs)
    ours, theirs = (Counter(pair[place] for pair in pairs) for place in (0, 1))
    chance = sum(ours[label] * theirs[label] for label in ours) / len(pairs) ** 2
    return (agreed - chance) / (1 - chance) if chance < 1 else 1.0


def polarities(one: set[Fact], other: set[Fact]) -> list[tuple[str, str]]:
    """The polarities of each (text, term) that both name."""

    def named(facts: set[Fact]) -> dict[tuple[str, str], str]:
        return {(fact.text, fact.term): POLARITY.get(fact.relation, "present") for fact in sorted(facts)}

    ours, theirs = named(one), named(other)
    return [(ours[key], theirs[key]) for key in sorted(ours.keys() & theirs.keys())]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t")


def _table(found: set[Fact], true: set[Fact], texts: Iterable[str], group: Callable[[Fact], str]) -> Iterator[str]:
    yield f"{'':12}{'annotated':>10}{'found':>7}{'precision':>11}{'recall':>8}{'F1':>7}   95 %"
    for name in (*GROUPS, "all"):
        ours, theirs = ({fact for fact in facts if name in ("all", group(fact))} for facts in (found, true))
        if ours or theirs:
            precision, recall, f1 = score(ours, theirs)
            low, high = interval(ours, theirs, texts)
            yield (
                f"{name:12}{len(theirs):>10}{len(ours):>7}{precision:>11.3f}{recall:>8.3f}{f1:>7.3f}"
                f"   {low:.3f} to {high:.3f}"
            )


def _errors(texts: dict[str, str], found: set[Fact], true: set[Fact], ontology: Ontology) -> Iterator[str]:
    wrong: dict[str, list[str]] = defaultdict(list)
    for mark, facts in (("missed", true - found), ("too much", found - true)):
        for fact in sorted(facts):
            wrong[fact.text].append(f"  {mark}: {fact.relation} {ontology.term(fact.term).label}")
    for text, lines in wrong.items():
        yield "\n".join([f"{text}: {texts[text]}", *lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--half", choices=["tuning", "held out"], default="held out")
    parser.add_argument("--errors", type=Path, help="file for each text with what was missed or too much")
    parser.add_argument("--labels", type=Path, help="table of labels of data sets with their terms")
    given = parser.parse_args()
    ontology = Ontology.load()
    if given.labels:
        print(*report(*link_labels(given.labels, ontology)), sep="\n")
    if given.data:
        _score_texts(given.data, given.half, given.errors, ontology)
    elif not given.labels:
        parser.error("say where the texts are, or give --labels")


def _score_texts(data: Path, half: str, errors: Path | None, ontology: Ontology) -> None:
    texts = read_texts(data, half)
    kinds = {kind: name for name, members in GROUPS.items() for kind in members}

    def group(fact: Fact) -> str:
        return kinds[ontology.term(fact.term).kind]

    one, other = read_annotations(texts, "a"), read_annotations(texts, "b")
    true = most_specific(read_annotations(texts), ontology)
    found = read_facts(texts, ontology)
    print(f"{len(texts)} texts ({half}), annotated twice, differences settled")
    print("\none annotator beside the other")
    print(*_table(one, other, texts, group), sep="\n")
    print(f"polarity of terms that both name: kappa {kappa(polarities(one, other)):.3f}")
    print("\nthe software beside what was settled on")
    print(*_table(found, true, texts, group), sep="\n")
    named = polarities(found, true)
    right = sum(ours == theirs for ours, theirs in named) / len(named)
    plain = sum(theirs == "present" for _, theirs in named) / len(named)
    print(f"polarity of terms that both name: kappa {kappa(named):.3f}, right {right:.3f}")
    print(f"were all taken as present, right {plain:.3f}")
    if errors:
        errors.write_text("\n".join(_errors(texts, found, true, ontology)), encoding="utf-8")


if __name__ == "__main__":
    main()
