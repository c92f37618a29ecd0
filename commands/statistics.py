"""`derm1m stats`: what a graph holds, as a page or as numbers."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from commands.options import AsJson, GraphPath, open_graph, require_extra
from commands.output import echo_json
from kg.errors import InputError

app = typer.Typer()


@app.command()
def stats(
    kg: GraphPath,
    report: Annotated[Path | None, typer.Option(help="HTML page to write; it needs no other file.")] = None,
    tokenizer: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Count tokens as this open_clip model does; '' for none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell sources, licences, lengths, conditions by level, tone, age, sex, what is missing and how it was linked."""
    from kg.statistics import compute_statistics, render_page

    if not report and not as_json:
        raise InputError("name the page to write with --report FILE, or ask for --json")
    if tokenizer:
        require_extra("train", "open_clip")
    model = ("ViT-B-16" if find_spec("open_clip") else "") if tokenizer is None else tokenizer
    count = None
    if model:
        from embed.tokens import load_counter

        count = load_counter(model)
    statistics = compute_statistics(open_graph(kg), tokens=count, tokenizer=model or None)
    if report:
        try:
            report.parent.mkdir(parents=True, exist_ok=True)
            report.write_text(render_page(statistics), encoding="utf-8")
        except OSError as error:
            raise InputError(f"{report} cannot be written: {error.strerror or error}") from error
    if as_json:
        echo_json(statistics.as_dict())
    else:
        typer.echo(report)
