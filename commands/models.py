"""Commands that draw a synthetic atlas, train and evaluate."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import AsJson, OntologyPath, load_ontology, require_extra
from commands.output import echo_json

app = typer.Typer()


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    pairs: Annotated[int, typer.Option(min=1, help="How many images, each with a caption.")] = 1000,
    seed: Annotated[int, typer.Option()] = 0,
    size: Annotated[int, typer.Option(min=32, max=1024, help="Pixels on a side.")] = 128,
    ontology: OntologyPath = None,
) -> None:
    """Draw a synthetic atlas: lesions that follow the ontology's findings, with the truth beside them."""
    from kg.atlas import generate

    typer.echo(generate(load_ontology(ontology), out, pairs=pairs, seed=seed, size=size).as_text())


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="TOML, e.g. configs/tiny.toml.")],
    pairs: Annotated[Path, typer.Option(help="Parquet, as `export-pairs` writes it.")],
    out: Annotated[Path, typer.Option(help="Folder of the run; an interrupted run goes on where it stopped.")],
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="A key of the configuration, e.g. schedule.epochs=2.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    ontology: OntologyPath = None,
) -> None:
    """Train a contrastive image–text model (CLIP) on exported pairs."""
    require_extra("train", "torch", "open_clip")
    from train.config import Config
    from train.trainer import fit

    typer.echo(
        fit(Config.load(config, changes or ()), pairs, out, ontology=load_ontology(ontology), device=device).as_text()
    )


@app.command()
def evaluate(
    run: Annotated[Path, typer.Option(help="Folder that `train --out` wrote.")],
    pairs: Annotated[Path, typer.Option(help="Parquet of the pairs to evaluate on.")],
    report: Annotated[Path, typer.Option(help="HTML report to write.")],
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    ontology: OntologyPath = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a model zero-shot at each level of the ontology, beside the majority baseline."""
    require_extra("train", "torch", "open_clip", "matplotlib")
    from train.evaluation import evaluate as evaluate_run

    evaluation = evaluate_run(run, pairs, ontology=load_ontology(ontology), report=report, device=device)
    if as_json:
        echo_json(evaluation.as_dict())
    else:
        typer.echo(evaluation.as_text())
        typer.echo(report)
