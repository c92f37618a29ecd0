"""The data card of an export: Markdown with what it holds, where it comes from and what it lacks."""

import json
from typing import Any

from kg.export.account import ExportAccount
from kg.resources import templates_folder
from kg.wording import counted

CONDITIONS = 50
"""How many conditions have a line of their own in the table of splits."""


def render_card(account: ExportAccount, origin: dict[str, str], name: str) -> str:
    """The card as Markdown, with the front matter that Hugging Face reads."""
    import jinja2

    loader = jinja2.FileSystemLoader(templates_folder())
    environment = jinja2.Environment(  # noqa: S701  Markdown; `cell` disarms what stands in tables
        loader=loader, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(count=_count, counted=counted, share=_share, cell=_cell, yaml=json.dumps)
    sources: list[dict[str, Any]] = json.loads(origin["sources"])
    licence_of = {source["source"]: source["licence"] or "not stated" for source in sources}
    composition = account.composition.as_dict()
    written = {source["name"] for source in composition["sources"]}
    by_condition = list(composition["splits_by_condition"].items())
    return environment.get_template("data_card.md").render(
        name=name,
        format=account.format,
        c=composition,
        left_out=account.left_out,
        shortened=account.shortened,
        joined=account.joined,
        warnings=account.warnings,
        origin=origin,
        sources=[source for source in sources if source["source"] in written],
        licence_of=licence_of,
        licences=sorted({licence_of[source] for source in written}),
        by_condition=by_condition[:CONDITIONS],
        more_conditions=len(by_condition[CONDITIONS:]),
    )


def _count(value: int) -> str:
    return f"{value:,}"


def _share(value: int, total: int) -> str:
    return f"{value / total:.1%}" if total else "–"


def _cell(text: str) -> str:
    """Text that a table of Markdown holds as it is."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
