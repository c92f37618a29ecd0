"""`derm1m export-pairs`: the pairs that a selection names, as files for training."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import AsJson, GraphPath, open_graph, require_extra
from commands.output import echo_json
from kg.errors import InputError

if TYPE_CHECKING:
    from kg.export.shortening import Shortening

app = typer.Typer()


class ExportFormat(StrEnum):
    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"
    JSONL = "jsonl"
    WEBDATASET = "webdataset"
    IMAGEFOLDER = "imagefolder"


@app.command("export-pairs")
def export_pairs(
    kg: GraphPath,
    out: Annotated[Path, typer.Option(help="File (.csv, .tsv, .parquet, .jsonl) or folder (WebDataset, imagefolder).")],
    disease: Annotated[
        list[str] | None, typer.Option(metavar="TERM", help="Disease, group or defined class, with all below it.")
    ] = None,
    concept: Annotated[
        list[str] | None, typer.Option(metavar="TERM", help="Finding or artifact, and all below.")
    ] = None,
    site: Annotated[list[str] | None, typer.Option(metavar="TERM", help="Body site, with its parts.")] = None,
    skin_tone: Annotated[list[str] | None, typer.Option(metavar="TERM", help="fitzpatrick:V,VI or monk:8.")] = None,
    history: Annotated[list[str] | None, typer.Option(metavar="TERM", help="e.g. 'family history', 'smoking'.")] = None,
    symptom: Annotated[list[str] | None, typer.Option(metavar="TERM", help="Symptom that is present.")] = None,
    age: Annotated[
        str | None, typer.Option(metavar="MIN-MAX", help="Years, both included; either may be missing.")
    ] = None,
    sex: Annotated[list[str] | None, typer.Option(metavar="NAME")] = None,
    modality: Annotated[list[str] | None, typer.Option(metavar="NAME")] = None,
    source: Annotated[list[str] | None, typer.Option(metavar="NAME")] = None,
    texts: Annotated[
        list[str] | None, typer.Option("--texts", "--text-kind", metavar="KIND,…", help="caption, ontology, concept.")
    ] = None,
    confirmed_by: Annotated[
        list[str] | None, typer.Option(metavar="NAME,…", help="How the disease was confirmed, e.g. histopathology.")
    ] = None,
    min_tone_annotators: Annotated[int, typer.Option(min=0, help="Annotators who have told the skin tone.")] = 0,
    allow_licence: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Leave out sources with any other licence.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="train, val or test; groups (patients, lesions) are never divided.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the splits and the sample.")] = 0,
    shares: Annotated[
        str | None, typer.Option(help="Of train, val and test.", show_default="0.8,0.1,0.1, or the file's")
    ] = None,
    split_file: Annotated[
        Path | None, typer.Option(help="Take the splits of this file and add groups that are new; made when absent.")
    ] = None,
    stratify: Annotated[
        str | None,
        typer.Option(metavar="CLASS", help="Give each class its shares: condition, level_1 … level_4, fitzpatrick."),
    ] = None,
    cap: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most N images of a condition.")] = None,
    balance: Annotated[
        str | None, typer.Option(metavar="CLASS", help="As many images of each class: level_2, fitzpatrick …")
    ] = None,
    at_least: Annotated[
        int, typer.Option(min=1, help="With --balance: smaller classes do not set the number, and stay whole.")
    ] = 1,
    tokenizer: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Shorten texts for this open_clip model, e.g. ViT-B-16.")
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(min=1, help="With --tokenizer; marks of start and end count.", show_default="77"),
    ] = None,
    format: Annotated[ExportFormat | None, typer.Option(help="By the suffix of --out, when not given.")] = None,
    separator: Annotated[str | None, typer.Option(help="Of a .csv, e.g. ','.", show_default="a tab")] = None,
    shard_pairs: Annotated[
        int | None, typer.Option(min=1, help="Pairs of a WebDataset shard.", show_default="5000")
    ] = None,
    require_images: Annotated[bool, typer.Option(help="Leave out pairs without an image file.")] = False,
    escape_formulas: Annotated[bool, typer.Option(help="Disarm cells that a spreadsheet would run.")] = False,
    explain_selection: Annotated[
        bool, typer.Option(help="Print the selection as SPARQL and as Cypher too, on standard error.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the pairs that a selection names. Repeated options mean any of them; different options, all of them.

    Beside the data lie a data card (Markdown) and a Croissant description.
    """
    from kg.export import export
    from kg.sampling import Sampling
    from kg.selection import Selection
    from kg.stratification import extend_split_file

    if stratify and not split_file:
        raise InputError("--stratify writes a split file that later exports take: name it with --split-file")
    if max_tokens and not tokenizer:
        raise InputError("--max-tokens counts as a model does: name it with --tokenizer, e.g. ViT-B-16")
    selection = Selection.parse(
        disease=disease or (),
        concept=concept or (),
        site=site or (),
        skin_tone=skin_tone or (),
        history=history or (),
        symptom=symptom or (),
        age=age,
        sex=sex or (),
        modality=modality or (),
        source=source or (),
        text_kind=texts or (),
        split=split,
        seed=seed,
        shares=shares,
        confirmed_by=confirmed_by or (),
        min_tone_annotators=min_tone_annotators,
        split_file=split_file,
    )
    graph = open_graph(kg)
    if explain_selection:
        whole = replace(selection, split=None)  # splits are cut when pairs are read, not asked of the graph
        typer.echo(f"{whole.to_sparql(graph.ontology)}\n{whole.to_cypher(graph.ontology)}", err=True)
    report = None
    if split_file:
        report = extend_split_file(
            graph, split_file, by=stratify, seed=seed, shares=selection.shares if shares else None
        )
    account = export(
        graph,
        selection,
        out,
        format=format.value if format else None,
        separator=separator.replace("\\t", "\t") if separator else None,
        require_images=require_images,
        allow_licences=allow_licence or (),
        sampling=Sampling(cap=cap, balance=balance, at_least=at_least, seed=seed),
        shortening=_shortening(tokenizer, max_tokens or 77) if tokenizer else None,
        escape_formulas=escape_formulas,
        shard_pairs=shard_pairs,
    )
    for warning in account.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if as_json:
        echo_json({**account.as_dict(), "split_file": report.as_dict() if report else None})
        return
    if report:
        typer.echo(report.as_text())
    typer.echo(account.as_text())


def _shortening(model: str, max_tokens: int) -> "Shortening":
    require_extra("train", "open_clip")
    from embed.tokens import load_counter
    from kg.export.shortening import Shortening

    return Shortening(model, max_tokens, load_counter(model))
