"""What every page has at hand: the graph, its catalogue and pictures, the engines, and the templates."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from kg.counts import of_terms
from kg.mappings import Mapping, read_mappings
from kg.quads import BASE
from kg.resources import ontology_folder
from kg.serve.catalogue import Catalogue
from kg.serve.guard import is_node
from kg.serve.pictures import Pictures
from kg.serve.sensitive import sensitive_images

if TYPE_CHECKING:
    import jinja2
    import pyarrow as pa

    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology, Term
    from kg.serve.engines import Engines
    from kg.serve.settings import Settings

FOLDER = Path(__file__).parent

KINDS = {
    "disease": "Skin conditions",
    "defined": "Inferred groups",
    "finding": "Findings",
    "symptom": "Symptoms",
    "artifact": "Photographic artifacts",
    "site": "Body sites",
    "tone": "Skin tones",
    "history": "History",
}
"""Kinds of terms as headings, in the order of the navigation."""


@dataclass(eq=False)
class View:
    """One graph and how it is shown. But for `default_size`, everything here is read only once the server runs."""

    graph: "KnowledgeGraph"
    settings: "Settings"
    engines: "Engines"

    def __post_init__(self) -> None:
        self.ontology: Ontology = self.graph.ontology
        self.catalogue = Catalogue(self.graph)
        self.pictures = Pictures(self.catalogue, sensitive_images(self.catalogue, self.ontology))
        self.table = self.graph.counts()
        self.counts = _counts(self.table, self.graph.terms())
        self.sources: list[dict[str, Any]] = self.graph.sources().to_pylist()
        self.default_size: int | None = None  # triples of the default graph, once they were counted
        self.drawing = CapacityLimiter(2)  # pictures decoded at a time: a large one takes much memory
        self.environment = self._environment()

    @cached_property
    def children(self) -> "dict[str | None, list[Term]]":
        """The terms below each one in the tree by label, those without a parent below None."""
        below: dict[str | None, list[Term]] = defaultdict(list)
        for term in sorted(self.ontology.terms(*KINDS), key=lambda term: term.label.casefold()):
            parent = self.ontology.tree_parent(term)
            below[parent.curie if parent else None].append(term)
        return below

    @property
    def branches(self) -> "list[Term]":
        """The broadest groups of skin conditions."""
        return [term for term in self.children[None] if term.level == 1]

    @cached_property
    def mappings(self) -> dict[tuple[str, str, str], Mapping]:
        """What the table of mappings that comes with the package says, by the triple that it is about."""
        file = ontology_folder() / "mappings.sssom.tsv"
        return {row.triple: row for row in read_mappings(file).mappings} if file.is_file() else {}

    def term(self, identifier: str) -> "Term | None":
        """The term with this CURIE, if it is one of the kinds that are shown."""
        if identifier not in self.catalogue.number:
            return None
        return self.ontology.term(identifier)

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """The template as a page."""
        whole = self.environment.get_template(template)
        html = whole.render(values, request=request, nonce=request.state.nonce)
        return HTMLResponse(html, status, headers={"Vary": "Accept", "Cache-Control": "no-cache"})

    def _environment(self) -> "jinja2.Environment":
        import jinja2

        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {
            "number": "{:,}".format,
            "term_path": term_path,
            "pair_path": lambda identifier: node_path("pair", identifier),
            "picture_path": lambda identifier: node_path("picture", identifier),
            "local_path": local_path,
            "groupby_in_order": lambda items, name: [
                (key, list(group)) for key, group in groupby(items, key=attrgetter(name))
            ],
            "capital": lambda text: text[:1].upper() + text[1:],
        }
        environment.globals |= {
            "kinds": KINDS,
            "counts": self.counts,
            "ontology_version": self.ontology.version,
            "build": self.graph.info["build"],
            "gallery": gallery_path,
        }
        return environment


def _counts(table: "pa.Table", terms: "pa.Table") -> dict[str, int]:
    """How many images each term has, it or one below it; terms without one are left out."""
    images = of_terms(table, terms)["images"].to_pylist()
    return {curie: count for curie, count in zip(terms["term"].to_pylist(), images, strict=True) if count}


def term_path(curie: str) -> str:
    """Where a term is shown: the path of its own IRI."""
    return "/" + curie.replace(":", "_")


def node_path(kind: str, identifier: str) -> str:
    """Where a pair, image, source or picture is shown: for the first three the path of its IRI."""
    return f"/{kind}/{quote(identifier, safe=':')}"


def local_path(iri: str) -> str | None:
    """Where this server shows what an IRI names; None for what is somebody else's, or only a name."""
    path = iri.replace(BASE, "/", 1)
    return path if iri.startswith(BASE) and is_node(path.partition("#")[0]) else None


def gallery_path(**fields: str) -> str:
    """The gallery with these filters."""
    return "/pairs?" + urlencode({name: value for name, value in fields.items() if value})
