"""A graph brought to a later version of the ontology, without its sources: facts follow the terms that replace theirs.

The migrated graph is a new build in the same folder, so that `kg.folder.roll_back` undoes it.
"""

import csv
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from kg.account import Account, SourceAccount
from kg.build import engine_versions
from kg.clock import Clock
from kg.composition import NO_TEXT, compose_pairs, reject_untold
from kg.errors import InputError
from kg.folder import current_build, new_build
from kg.graph import FORMAT, KnowledgeGraph
from kg.groups import Groups
from kg.overlap import Overlap
from kg.pairs import IMAGE_FACTS, Relation, TextKind
from kg.projection import write_graphs
from kg.prompts import concept_sentences, ontology_sentences
from kg.succession import Succession, find_successors
from kg.tables import Tables, look_up, read_tables, write_tables
from kg.wording import counted

if TYPE_CHECKING:
    from kg.ontology import Ontology

DECISIONS = pa.schema(
    [
        pa.field("term", pa.string(), nullable=False),  # CURIE
        pa.field("label", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("pairs", pa.int64(), nullable=False),  # that have a fact of the term
        pa.field("facts", pa.int64(), nullable=False),  # pieces of evidence, each once for its image
        pa.field("candidates", pa.string(), nullable=False),  # "DERM:0001001 (plaque psoriasis); …"
        pa.field("decision", pa.string(), nullable=False),  # CURIE of the term to move to, or drop
    ]
)
"""The terms that a person has to decide on; `decision` is empty until then."""


_DENIALS = {
    Relation.RULES_OUT: Relation.DEPICTS,
    Relation.LACKS: Relation.SHOWS,
    Relation.LACKS_SYMPTOM: Relation.HAS_SYMPTOM,
    Relation.LACKS_HISTORY: Relation.HAS_HISTORY,
}
_NAMED = 10  # in a message; the table has all


class UndecidedTerms(InputError):
    """Terms of the graph have no single successor. `table` (DECISIONS) lists them, with candidates."""

    def __init__(self, table: pa.Table) -> None:
        named = [f"{label} ({term})" for term, label in zip(*_lists(table, "term", "label"), strict=True)]
        more = f" and {len(named) - _NAMED:,} more" if len(named) > _NAMED else ""
        super().__init__(
            f"terms of the graph without a single successor in the new version: {', '.join(named[:_NAMED])}{more}"
        )
        self.table = table


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of the facts of one term; `to` is None where they were dropped by decision."""

    term: str
    label: str
    to: str | None
    to_label: str | None
    facts: int
    pairs: int


@dataclass(frozen=True)
class Migration:
    """The account of a migration. Raises ValueError where it does not add up.

    A fact is a piece of evidence, counted once for its image. `build` is the name of the new build, None where none
    was written.
    """

    before: Mapping[str, str]  # version and sha256 of the ontology
    after: Mapping[str, str]
    facts_in: int
    facts_kept: int
    moved: tuple[Moved, ...]
    dropped: tuple[Moved, ...]
    facts_untold: int  # of images that were left without any text
    images_untold: int
    pairs_in: int
    pairs_out: int
    emptied: Mapping[str, int]  # sentences that have nothing to say any more, by text kind
    gained: Mapping[str, int]  # sentences of images that had none
    reworded: Mapping[str, int]
    contradictions: int  # terms that are now both said and denied of an image, and were not before
    build: str | None = None

    def __post_init__(self) -> None:
        facts_out = self.facts_kept + sum(m.facts for m in (*self.moved, *self.dropped)) + self.facts_untold
        if self.facts_in != facts_out:
            raise ValueError(
                f"{counted(self.facts_in, 'fact')} in, but {facts_out:,} kept, moved, dropped or without text"
            )
        if self.pairs_in + sum(self.gained.values()) - sum(self.emptied.values()) != self.pairs_out:
            raise ValueError(
                f"{counted(self.pairs_in, 'pair')} in, {self.pairs_out:,} out, and the difference not told"
            )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def as_text(self) -> str:
        """For people."""
        lines = [
            f"ontology {self.before['version']} → {self.after['version']}",
            f"{counted(self.facts_in, 'fact')}: {self.facts_kept:,} kept, {sum(m.facts for m in self.moved):,} moved, "
            f"{sum(m.facts for m in self.dropped):,} dropped, {self.facts_untold:,} of images left without text",
        ]
        for moved in (*self.moved, *self.dropped):
            fate = f"→ {moved.to_label} ({moved.to})" if moved.to else "dropped"
            lines.append(
                f"  {moved.label} ({moved.term}) {fate}: {counted(moved.facts, 'fact')}, {counted(moved.pairs, 'pair')}"
            )
        lines.append(f"{counted(self.pairs_in, 'pair')} in, {self.pairs_out:,} out")
        for told, counts in (("with nothing to say", self.emptied), ("new", self.gained), ("reworded", self.reworded)):
            lines += [f"  {kind}s {told}: {count:,}" for kind, count in counts.items()]
        if self.contradictions:
            lines.append(f"  terms now both said and denied of an image: {self.contradictions:,}")
        if self.images_untold:
            lines.append(f"  images left without text: {self.images_untold:,}, among the rejects as {NO_TEXT!r}")
        return "\n".join(lines)


def migrate(
    path: Path,
    new: "Ontology",
    decisions: Mapping[str, str] | None = None,
    *,
    dry_run: bool = False,
    progress: bool = True,
) -> Migration:
    """Build the graph at `path` anew with the ontology `new`, and return the account of every fact and pair.

    Facts of replaced terms move; `decisions` (CURIE to CURIE or `drop`) settles the others. Captions stay, sentences
    are rendered again. With the graph's own ontology, or in a dry run, nothing is written. Raises `UndecidedTerms`
    where decisions are missing, `InputError` as `find_successors` does and when another build takes the graph's place
    meanwhile, and OSError when the disk refuses; the older build stays in use then.
    """
    graph = KnowledgeGraph.open(path)
    with tqdm(total=5, unit="step", disable=None if progress else True) as bar:
        clock = Clock(bar)
        with clock.step("read tables"):
            tables = read_tables(graph.folder)
            succession = _settle(graph, new, tables.pairs, tables.facts, decisions or {})
        with clock.step("move facts"):
            migrated, account = _migrated(graph, new, tables, succession)
        same = new.sha256 == account.before["sha256"] and not succession.moved and not succession.dropped
        if dry_run or same:
            return account
        with new_build(path) as folder:
            if current_build(path) != graph.folder:
                raise InputError(
                    f"{path}: another build took the place of {graph.folder.name} meanwhile: migrate again"
                )
            account = replace(account, build=folder.name.split(".")[0])
            with clock.step("write tables"):
                write_tables(folder, migrated)
                for name in ("unlinked.csv", "unsure.csv"):
                    if (graph.folder / name).exists():
                        shutil.copyfile(graph.folder / name, folder / name)
                shutil.copyfile(new.file, folder / "ontology.owl")
                Groups.of_graph(graph).write(folder)
            nodes, quads = write_graphs(folder, new, clock)
            sources = _source_accounts(graph.info, migrated, tables, account)
            overlaps = tuple(Overlap(**each) for each in graph.info.get("overlaps", ()))
            info = _info(
                graph.info,
                new,
                account,
                Account(sources, nodes, quads, clock.seconds, overlaps, graph.info.get("unsure", {})),
            )
            text = json.dumps(info, indent=1, ensure_ascii=False) + "\n"
            (folder / "build.json").write_text(text, encoding="utf-8")
    return account


def read_decisions(path: Path) -> dict[str, str]:
    """The decisions of a CSV file with the columns `term` and `decision`; rows without a decision are passed over.

    Raises `InputError` with the line when a column is missing or a term is decided twice.
    """
    decisions: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if missing := {"term", "decision"}.difference(rows.fieldnames or ()):
                raise InputError(f"{path}: no column {sorted(missing)[0]!r}: expected a comma-separated file with it")
            for row in rows:
                term, decision = (row["term"] or "").strip(), (row["decision"] or "").strip()
                if decision and decisions.setdefault(term, decision) != decision:
                    raise InputError(f"{path}, line {rows.line_num}: {term} is decided twice, differently")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: the decisions cannot be read: {error}") from error
    return decisions


def _settle(
    graph: KnowledgeGraph, new: "Ontology", pairs: pa.Table, facts: pa.Table, decisions: Mapping[str, str]
) -> Succession:
    terms = [graph.ontology.term(curie) for curie in sorted(pc.unique(facts["term"]).to_pylist())]
    succession = find_successors(terms, new, decisions)
    if succession.undecided:
        counted = _count_by_term(facts, pairs)
        rows = [
            {
                "term": open_.term.curie,
                "label": open_.term.label,
                "reason": open_.reason,
                "facts": counted[open_.term.curie][0],
                "pairs": counted[open_.term.curie][1],
                "candidates": "; ".join(f"{term.curie} ({term.label})" for term in open_.candidates),
                "decision": "",
            }
            for open_ in succession.undecided
        ]
        raise UndecidedTerms(pa.Table.from_pylist(rows, DECISIONS))
    return succession


def _migrated(
    graph: KnowledgeGraph, new: "Ontology", tables: Tables, succession: Succession
) -> tuple[Tables, Migration]:
    """The tables of the graph after the migration, and its account."""
    facts = tables.facts
    remaining = facts.filter(pc.invert(pc.is_in(facts["term"], value_set=_texts(succession.dropped))))
    renamed = _rename_terms(remaining, succession.moved)
    captions = tables.pairs.filter(pc.equal(tables.pairs["text_kind"], TextKind.CAPTION.value))
    pairs = compose_pairs(tables.images, captions, ontology_sentences(renamed, new), concept_sentences(renamed, new))
    told = pc.is_in(tables.images["image"], value_set=pc.unique(pairs["image"]))
    untold = tables.images.filter(pc.invert(told))
    without_text = pc.is_in(renamed["image"], value_set=untold["image"])
    migrated = Tables(
        images=tables.images.filter(told),
        pairs=pairs,
        facts=renamed.filter(pc.invert(without_text)),
        terms=new.table(),
        closure=new.closure(),
        knowledge=new.knowledge_table(),
        rejects=pa.concat_tables([tables.rejects, reject_untold(untold)]),
        sources=tables.sources,
    )
    counted = _count_by_term(facts.filter(pc.is_in(facts["term"], value_set=_texts(succession.dropped))), tables.pairs)
    counted |= _count_by_term(remaining.filter(pc.invert(without_text)), tables.pairs)

    def moved(curie: str, to: str | None) -> Moved:
        label = graph.ontology.term(curie).label
        return Moved(curie, label, to, new.term(to).label if to else None, *counted.get(curie, (0, 0)))

    changed = {*succession.moved, *succession.dropped}
    emptied, gained, reworded = _compare_sentences(tables.pairs, pairs)
    account = Migration(
        before={key: graph.info["ontology"][key] for key in ("version", "sha256")},
        after={"version": new.version, "sha256": new.sha256},
        facts_in=len(facts),
        facts_kept=sum(count for curie, (count, _) in counted.items() if curie not in changed),
        moved=tuple(moved(curie, to) for curie, to in succession.moved.items()),
        dropped=tuple(moved(curie, None) for curie in sorted(succession.dropped)),
        facts_untold=pc.sum(without_text).as_py() or 0,
        images_untold=len(untold),
        pairs_in=len(tables.pairs),
        pairs_out=len(pairs),
        emptied=emptied,
        gained=gained,
        reworded=reworded,
        contradictions=_count_contradictions(renamed) - _count_contradictions(remaining),
    )
    return migrated, account


def _rename_terms(facts: pa.Table, moved: Mapping[str, str]) -> pa.Table:
    places = pc.index_in(facts["term"], value_set=_texts(moved))
    terms = pc.coalesce(_texts(moved.values()).take(places.combine_chunks()), facts["term"])
    return facts.set_column(facts.schema.get_field_index("term"), IMAGE_FACTS.field("term"), terms)


def _compare_sentences(before: pa.Table, after: pa.Table) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """How many pairs went, came and read otherwise, each by text kind."""
    places = pc.index_in(after["pair"], value_set=before["pair"])
    came = pc.is_null(places)
    reworded = pc.fill_null(pc.not_equal(after["text"], before["text"].take(places)), False)
    gone = pc.invert(pc.is_in(before["pair"], value_set=after["pair"]))
    emptied, gained, reworded = before.filter(gone), after.filter(came), after.filter(reworded)
    return _tally(emptied["text_kind"]), _tally(gained["text_kind"]), _tally(reworded["text_kind"])


def _count_contradictions(facts: pa.Table) -> int:
    """How many (image, term) a relation and its denial both hold of."""

    def keys(relations: Iterable[Relation], said: Iterable[Relation]) -> pa.ChunkedArray:
        places = pc.index_in(facts["relation"], value_set=_texts(relation.value for relation in relations))
        of_said = _texts(relation.value for relation in said).take(places.combine_chunks())
        return pc.unique(pc.binary_join_element_wise(facts["image"], of_said, facts["term"], "\x1f").drop_null())

    said = keys(_DENIALS.values(), _DENIALS.values())
    return pc.sum(pc.is_in(keys(_DENIALS.keys(), _DENIALS.values()), value_set=said)).as_py() or 0


def _pair_counts(facts: pa.Table, pairs: pa.Table) -> pa.ChunkedArray:
    """For each row, which has an image, the number of pairs of that image."""
    counted = pairs.group_by("image").aggregate([("pair", "count")])
    return look_up(facts["image"], counted["image"], counted["pair_count"], "image")


def _count_by_term(facts: pa.Table, pairs: pa.Table) -> dict[str, tuple[int, int]]:
    """The number of facts of each term, and of pairs that have one."""
    rows = facts.group_by("term").aggregate([("image", "count")])
    distinct = facts.select(["image", "term"]).group_by(["image", "term"]).aggregate([])
    touched = (
        distinct.append_column("pairs", _pair_counts(distinct, pairs)).group_by("term").aggregate([("pairs", "sum")])
    )
    sums = dict(zip(*_lists(touched, "term", "pairs_sum"), strict=True))
    return {term: (count, sums[term]) for term, count in zip(*_lists(rows, "term", "image_count"), strict=True)}


def _source_accounts(
    info: Mapping[str, Any], after: Tables, before: Tables, account: Migration
) -> tuple[SourceAccount, ...]:
    """The accounts of the sources as the former build has them, with what changed."""
    gone = before.images.filter(pc.invert(pc.is_in(before.images["image"], value_set=after.images["image"])))
    facts = before.facts
    kept = pc.is_in(facts["term"], value_set=_texts(m.term for m in account.dropped))
    lost = facts.filter(pc.or_(kept, pc.is_in(facts["image"], value_set=gone["image"])))
    lost_facts = _tally(look_up(lost["image"], before.images["image"], before.images["source"], "image"))
    untold, available = _tally(gone["source"]), _tally(gone.filter(gone["available"])["source"])
    accounts = []
    for entry in info["sources"]:
        name = entry["source"]
        own = after.pairs.filter(pc.equal(after.pairs["source"], name))
        rejected = dict(entry["rejected"])
        if name in untold:
            rejected[NO_TEXT] = rejected.get(NO_TEXT, 0) + untold[name]
        changed = {
            "images": entry["images"] - untold.get(name, 0),
            "available": entry["available"] - available.get(name, 0),
            "pairs": {kind.value: 0 for kind in TextKind} | _tally(own["text_kind"]),
            "facts": entry["facts"] - lost_facts.get(name, 0),
            "rejected": rejected,
            "notes": tuple(entry["notes"]),
        }
        accounts.append(SourceAccount(**(entry | changed)))
    return tuple(accounts)


def _info(info: Mapping[str, Any], new: "Ontology", account: Migration, totals: Account) -> dict[str, Any]:
    """The content of `build.json`; what the former build was migrated from stays within `migrated_from`."""
    origin = {"build": info["build"], "ontology": info["ontology"], "account": account.as_dict()}
    earlier = {"migrated_from": info["migrated_from"]} if "migrated_from" in info else {}
    return {
        "format": FORMAT,
        "build": account.build,
        "versions": engine_versions(),
        "ontology": {"iri": new.iri, "version": new.version, "sha256": new.sha256},
        "files": info["files"],
        "specifications": info.get("specifications", {}),
        "namespaces": info.get("namespaces", {}),
        **totals.as_dict(),
        "migrated_from": origin | earlier,
    }


def _texts(values: Iterable[str]) -> pa.Array:
    return pa.array(list(values), pa.string())


def _tally(column: pa.ChunkedArray) -> dict[str, int]:
    return {entry["values"]: entry["counts"] for entry in pc.value_counts(column).to_pylist()}


def _lists(table: pa.Table, *names: str) -> list[list[Any]]:
    return [table[name].to_pylist() for name in names]
