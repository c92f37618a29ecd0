"""`derm1m ontology …`: change the ontology's file, compare versions of it, release it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from commands.options import AsJson, OntologyPath, open_graph
from commands.output import echo_json
from kg.errors import InputError
from kg.resources import ontology_folder
from kg.wording import counted

if TYPE_CHECKING:
    from kg.changes import Change, Difference
    from kg.ontology import Ontology
    from kg.rdfio import Document

app = typer.Typer()

Scope = Literal["exact", "broad", "narrow", "related"]
Editor = Annotated[str | None, typer.Option("--editor", help="Whose range of identifiers; the first one without it.")]


def ontology_file(path: Path | None) -> Path:
    return path if path is not None else ontology_folder() / "derm1m.owl"


@app.command("format")
def format_file(
    file: Annotated[Path | None, typer.Argument(help="The ontology file; the package's own without it.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write here instead of over the file.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 if the form differs.")] = False,
) -> None:
    """Write an ontology file as Protégé saves it, so that its next save there changes only what was edited."""
    from kg.owlxml import to_xml, unstable_literals, write
    from kg.rdfio import compact, is_rdfxml, read

    source = ontology_file(file)
    content = read(source)
    for quad, fate in unstable_literals(content.quads):
        subject, predicate = compact(getattr(quad.subject, "value", "")), compact(quad.predicate.value)
        typer.echo(f"{source}: {subject} {predicate} {quad.object}: in Protégé's next save this {fate}", err=True)
    if check:
        if to_xml(content).encode() != source.read_bytes():
            typer.echo(f"{source}: not in Protégé's form: run `derm1m ontology format {source}`", err=True)
            sys.exit(1)
    elif out is None and not is_rdfxml(source):
        raise InputError(f"{source}: this is no RDF/XML, and would become it: give a file to write with --out")
    else:
        write(content, out or source)
        typer.echo(out or source)


@app.command("diff")
def diff(
    old: Annotated[Path, typer.Argument(help="The earlier version.")],
    new: Annotated[Path, typer.Argument(help="The later version.")],
    kg: Annotated[Path | None, typer.Option("--kg", help="A graph: count the pairs that each change touches.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what changed from one version of the ontology to another, in words."""
    from dataclasses import asdict

    from kg.changes import compare, count_pairs
    from kg.owlxml import load_structure

    difference = compare(load_structure(old), load_structure(new))
    pairs = count_pairs(difference, open_graph(kg)) if kg else {}
    if as_json:
        record = asdict(difference)
        record["entities"] = [{**entity, "pairs": pairs.get(entity["id"])} for entity in record["entities"]]
        echo_json(record)
    else:
        _echo_difference(difference, pairs)


def _echo_difference(difference: "Difference", pairs: dict[str, int]) -> None:
    if not difference:
        typer.echo("no difference")
    _echo_changes("ontology", difference.header)
    for entity in difference.entities:
        touched = f", {counted(pairs[entity.id], 'pair')}" if entity.id in pairs else ""
        _echo_changes(f"{entity.fate} {entity.kind}: {entity.label} ({entity.id}){touched}", entity.changes, True)
    _echo_changes("general axioms", difference.general)


def _echo_changes(title: str, changes: "tuple[Change, ...]", always: bool = False) -> None:
    if changes or always:
        typer.echo(title)
    for change in changes:
        if change.before and change.after:
            typer.echo(f"  ~ {change.what}: {change.before} → {change.after}")
        else:
            typer.echo(f"  {'+' if change.after else '-'} {change.what}: {change.after or change.before}")


@app.command("mint")
def mint_identifier(editor: Editor = None, ontology: OntologyPath = None) -> None:
    """Print the next free identifier of an editor's range (derm1m-idranges.owl)."""
    from kg.editing import mint, read_policy
    from kg.rdfio import read

    file = ontology_file(ontology)
    typer.echo(mint(read(file).quads, read_policy(_ranges(file)), editor))


@app.command("add-term")
def add_term(
    label: Annotated[str, typer.Option("--label", help="Its name, in lower case except proper names.")],
    parent: Annotated[str, typer.Option("--parent", help="The term above it, by label or identifier.")],
    definition: Annotated[str | None, typer.Option("--definition", help="What it is, in a sentence or two.")] = None,
    synonym: Annotated[list[str] | None, typer.Option("--synonym", help="An exact synonym; may be repeated.")] = None,
    malignancy: Annotated[str | None, typer.Option("--malignancy", help="Of a condition: benign, malignant …")] = None,
    editor: Editor = None,
    ontology: OntologyPath = None,
) -> None:
    """Add a term to the ontology's file, unreviewed, with the next free identifier of an editor's range."""
    from kg.editing import add_term, mint, read_policy

    file = ontology_file(ontology)
    document, terms = _open(file)
    policy = read_policy(_ranges(file))
    iri = mint(document.quads, policy, editor)
    said = add_term(
        terms,
        iri,
        label,
        parent,
        definition=definition,
        synonyms=synonym or [],
        malignancy=malignancy,
        contributor=policy.range_of(editor).editor,
    )
    _save(file, document._replace(quads=[*document.quads, *said]))
    typer.echo(f"{file}: added {label} as {iri}")


@app.command("add-synonym")
def add_synonym(
    term: Annotated[str, typer.Argument(help="The term, by label or identifier.")],
    text: Annotated[str, typer.Argument(help="The further name.")],
    scope: Annotated[Scope, typer.Option(help="What the name covers, beside the term.")] = "exact",
    type_: Annotated[str | None, typer.Option("--type", help="abbreviation, layperson …")] = None,
    source: Annotated[str | None, typer.Option(help="Who uses the name.")] = None,
    ontology: OntologyPath = None,
) -> None:
    """Give a term of the ontology's file a further name."""
    from kg.editing import add_synonym

    file = ontology_file(ontology)
    document, terms = _open(file)
    said = add_synonym(terms, term, text, scope=scope, type_=type_, source=source)
    _save(file, document._replace(quads=[*document.quads, *said]))
    typer.echo(f"{file}: added {text} ({scope}) to {terms.term(term).label} ({terms.term(term).curie})")


@app.command("deprecate")
def deprecate_term(
    term: Annotated[str, typer.Argument(help="The term, by label or identifier.")],
    replaced_by: Annotated[str | None, typer.Option("--replaced-by", help="The one term to use in its place.")] = None,
    consider: Annotated[list[str] | None, typer.Option("--consider", help="A term that may suit; repeatable.")] = None,
    ontology: OntologyPath = None,
) -> None:
    """Withdraw a term: it stays in the file, marked obsolete, and nothing builds on it any more."""
    from kg.editing import deprecate

    file = ontology_file(ontology)
    document, terms = _open(file)
    quads = deprecate(terms, term, replaced_by=replaced_by, consider=consider or [])
    _save(file, document._replace(quads=quads))
    typer.echo(f"{file}: deprecated {terms.term(term).label} ({terms.term(term).curie})")


def _ranges(file: Path) -> Path:
    beside = file.with_name("derm1m-idranges.owl")
    return beside if beside.exists() else ontology_folder() / "derm1m-idranges.owl"


def _open(file: Path) -> "tuple[Document, Ontology]":
    from hashlib import sha256

    from kg.ontology import Ontology
    from kg.rdfio import is_rdfxml, read

    document = read(file)
    if not is_rdfxml(file):
        raise InputError(f"{file}: only RDF/XML is edited in place: run `derm1m ontology format {file} --out FILE.owl`")
    return document, Ontology(file, sha256(file.read_bytes()).hexdigest(), document)


def _save(file: Path, document: "Document") -> None:
    from kg.ontology import Ontology
    from kg.owlxml import write

    Ontology(file, "", document)  # refuses what could not be read again
    write(document, file)


@app.command("release")
def release_files(
    out: Annotated[Path, typer.Option("--out", help="A new folder for the files.")],
    date: Annotated[str | None, typer.Option("--date", help="Its day, YYYY-MM-DD; today without it.")] = None,
    previous: Annotated[Path | None, typer.Option("--previous", help="The last release's file, for the notes.")] = None,
    ontology: OntologyPath = None,
) -> None:
    """Write a dated release: OWL, base and reasoned file, OBO, OBO Graphs, checksums and release notes."""
    from datetime import date as day

    from kg.rdfio import read
    from kg.release import release

    for file in release(read(ontology_file(ontology)), out, date or day.today().isoformat(), previous):
        typer.echo(file)
