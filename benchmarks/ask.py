"""Seconds of each documented question in both languages: `python -m benchmarks.ask --kg KG` prints a Markdown table.

Every question is asked with its default values, once to warm up and then `--runs` times, of which the median counts.
A question is said to reach the pairs that its terms have or, where it names none, those of its rarest relation.
"""

import argparse
import os
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from benchmarks.serve import Use
from kg.counts import of_terms
from kg.errors import QueryStopped
from kg.graph import KnowledgeGraph, Language
from kg.pairs import Relation
from kg.questions import Question, read_questions

if TYPE_CHECKING:
    import pyarrow as pa

LIGHT = 50_000
"""Pairs that a light question reaches at most."""

LIMITS: dict[Language, tuple[float, float]] = {"sparql": (0.2, 30), "cypher": (0.2, 2)}
"""Seconds for a light question, and for one that scans the graph."""

ENGINES: dict[Language, str] = {"sparql": "Oxigraph", "cypher": "LadybugDB"}

_FACTS = {relation.edge for relation in Relation}


@dataclass(frozen=True)
class Asked:
    """A question, the pairs that it reaches at most, its rows, its seconds by language (None: stopped at the limit),
    and whether both languages gave the same answer.
    """

    name: str
    pairs: int
    rows: int | None
    seconds: dict[Language, float | None]
    same: bool | None

    def limit(self, language: Language) -> float:
        """The seconds that it may take."""
        light, scan = LIMITS[language]
        return light if self.pairs <= LIGHT else scan

    def keeps(self, language: Language) -> bool:
        """Whether it was answered within its limit."""
        seconds = self.seconds[language]
        return seconds is not None and seconds <= self.limit(language)


@dataclass(frozen=True)
class Stopwatch:
    """How often a question is timed after the first, unmeasured time, how long it may take, and by which clock."""

    runs: int
    timeout: float
    clock: Callable[[], float]

    def time(self, work: "Callable[[], pa.Table]") -> "tuple[pa.Table | None, float | None]":
        """The answer and the median of its seconds; both None when it was stopped."""
        taken = []
        try:
            for _ in range(1 + self.runs):
                start = self.clock()
                answer = work()
                taken.append(self.clock() - start)
        except QueryStopped:
            return None, None
        return answer, statistics.median(taken[1:])


def ask_all(graph: KnowledgeGraph, names: list[str], stopwatch: Stopwatch) -> Iterator[Asked]:
    """The questions of these names, of which none means all, asked in both languages."""
    pairs_of = dict(zip(graph.terms()["term"].to_pylist(), _pairs(graph), strict=True))
    image = graph.images(["image"])["image"][0].as_py()
    chosen = [question for question in read_questions() if not names or question.name in names]
    for question in tqdm(chosen, unit="question", disable=None):
        values = {"image": image} if question.name == "facts_of_an_image" else {}
        answers: dict[Language, pa.Table | None] = {}
        seconds: dict[Language, float | None] = {}
        for language in ENGINES:
            ask = partial(graph.ask, question.name, values, language=language, timeout=stopwatch.timeout)
            answers[language], seconds[language] = stopwatch.time(ask)
        known = [answer for answer in answers.values() if answer is not None]
        yield Asked(
            question.name,
            _reached(graph, question, pairs_of, image),
            len(known[0]) if known else None,
            seconds,
            known[0].to_pylist() == known[1].to_pylist() if len(known) == len(ENGINES) else None,
        )


def _pairs(graph: KnowledgeGraph) -> list[int]:
    counted: list[int] = of_terms(graph.counts(), graph.terms())["pairs"].to_pylist()
    return counted


def _reached(graph: KnowledgeGraph, question: Question, pairs_of: dict[str, int], image: str) -> int:
    """At most so many pairs: those of its image or of its terms, else those of its rarest relation."""
    numbers: dict[str, int] = graph.info["nodes_and_relationships"]
    if "Pair" not in question.cypher:
        return 0
    if any(each.name == "image" for each in question.heading.parameters):
        count = "MATCH (p:Pair)-[:OF_IMAGE]->(i:Image) WHERE i.id = $image RETURN count(*) AS n"
        return int(graph.cypher(count, {"image": image})["n"][0].as_py())
    values = question.heading.values({}, lambda: graph.ontology)
    if terms := [values[each.name] for each in question.heading.parameters if each.type == "term"]:
        return sum(pairs_of[term] for term in terms)
    named = [re.findall(r"\w+", types) for types in re.findall(r"\[\w*:([\w|\s]+)\]", question.cypher)]
    relations = [sum(numbers[name] for name in facts) for types in named if (facts := _FACTS.intersection(types))]
    return min([numbers["Pair"], *relations])


def as_table(asked: list[Asked], timeout: float) -> str:
    """The questions as a Markdown table, what is above its limit in bold."""
    lines = [f"| question | pairs | rows | {' | '.join(ENGINES.values())} |", "|---|---|---|---|---|"]
    for each in asked:
        cells = [f"`{each.name}`", f"{each.pairs:,}", "" if each.rows is None else f"{each.rows:,}"]
        for language in ENGINES:
            seconds = each.seconds[language]
            text = f"> {timeout:g}" if seconds is None else f"{seconds:.2f}"
            cells.append(text if each.keeps(language) else f"**{text}**")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def summarize(asked: list[Asked]) -> str:
    """How many questions keep their limit, by engine; and those whose answers differ between the languages."""
    lines = []
    for language, engine in ENGINES.items():
        for what, chosen in (
            (f"reach at most {LIGHT:,} pairs", [each for each in asked if each.pairs <= LIGHT]),
            ("reach more", [each for each in asked if each.pairs > LIGHT]),
        ):
            if chosen:
                kept, limit = sum(each.keeps(language) for each in chosen), chosen[0].limit(language)
                lines.append(f"- {engine}: {kept} of {len(chosen)} questions that {what} take at most {limit:g} s")
    differing = [each.name for each in asked if each.same is False]
    lines.append(f"- answers that differ between the languages: {', '.join(differing) or 'none'}")
    return "\n".join(lines)


def main() -> None:
    """Print the table, the summary and the load of the machine."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("questions", nargs="*", help="names of questions; all by default")
    parser.add_argument("--kg", type=Path, required=True, help="folder of a graph")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--timeout", type=float, default=60, help="seconds after which a question is given up")
    parser.add_argument("--cpu", action="store_true", help="CPU seconds instead, for a machine that is busy")
    options = parser.parse_args()

    def cpu() -> float:
        return Use.of(os.getpid()).seconds

    clock = cpu if options.cpu else time.perf_counter
    with KnowledgeGraph.open(options.kg) as graph:
        asked = list(ask_all(graph, options.questions, Stopwatch(options.runs, options.timeout, clock)))
    print(as_table(asked, options.timeout))
    print(f"\n{summarize(asked)}\n- load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
