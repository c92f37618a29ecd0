"""The web application: every address, and what an error looks like."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from kg.errors import InputError, QueryStopped
from kg.serve import asking, gallery, nodes, protocol, statistics, terms
from kg.serve.engines import Busy, Engines
from kg.serve.guard import Guard, Sharing
from kg.serve.negotiation import HTML, choose
from kg.serve.settings import RETRY, Settings
from kg.serve.view import View

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph


def create_app(graph: "KnowledgeGraph", settings: Settings | None = None) -> Starlette:
    """The application over one build of a graph; its worker processes live as long as it runs."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        engines = Engines(graph, settings)
        try:
            app.state.view = View(graph, settings, engines)
            await engines.start()
            yield
        finally:
            engines.close()

    middleware = [Middleware(Guard, settings)]
    if settings.cors:
        middleware.append(
            Middleware(
                Sharing,
                allow_origins=settings.cors,
                allow_methods=["GET", "POST"],
                allow_headers=["Content-Type"],
            )
        )
    return Starlette(
        routes=[
            Route("/", terms.home),
            Route("/sparql", protocol.sparql, methods=["GET", "POST"]),
            Route("/terms", terms.tree),
            Route("/terms/{kind}", terms.tree),
            Route("/search", terms.search),
            Route("/complete", terms.complete),
            Route("/vocab", terms.vocabulary),
            Route("/pairs", gallery.gallery),
            Route("/pair/{identifier:path}", gallery.pair),
            Route("/image/{identifier:path}", gallery.image),
            Route("/source/{identifier:path}", gallery.source),
            Route("/evidence/{identifier:path}", nodes.evidence),
            Route("/count/{identifier:path}", nodes.count),
            Route("/derm1m.owl", nodes.ontology),
            Route("/picture/{identifier:path}", gallery.picture),
            Route("/ask", asking.ask, methods=["GET", "POST"]),
            Route("/statistics", statistics.statistics),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
            Route("/{name}", terms.term),
        ],
        middleware=middleware,
        exception_handlers={HTTPException: _refuse, InputError: _explain, Busy: _put_off, Exception: _fail},
        lifespan=lifespan,
    )


def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - by the table of handlers
    return _error(request, error.status_code, error.detail, dict(error.headers or {}))


def _explain(request: Request, error: Exception) -> Response:
    return _error(request, 504 if isinstance(error, QueryStopped) else 400, str(error))


def _put_off(request: Request, _: Exception) -> Response:
    return _error(request, 503, "too many queries are waiting: ask again in a moment", {"Retry-After": RETRY})


def _fail(request: Request, _: Exception) -> Response:
    return PlainTextResponse("the server made a mistake: its log tells more\n", 500)


def _error(request: Request, status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """Plain text for programs, a page for people."""
    accept = request.headers.get("accept", "*/*")
    if request.url.path != "/sparql" and choose(accept, ("text/plain", HTML)) == HTML:
        view: View = request.app.state.view
        title = HTTPStatus(status).phrase if status in list(HTTPStatus) else "Refused"
        page = view.page(request, "error.html", status=status, title=title, detail=detail, code=status)
        page.headers.update(headers or {})
        return page
    return PlainTextResponse(f"{detail}\n", status, headers)
