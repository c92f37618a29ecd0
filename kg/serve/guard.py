"""What stands before every page: room for the request, whose name it bears, its length, what the browser may do."""

import re
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg.serve.settings import RETRY, Settings

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_NODE = re.compile(r"/(vocab|derm1m\.owl|DERM_\d{7}|(pair|image|source|evidence|count)/.+)")
"""Paths of what has an IRI."""


class Guard:
    """Refuses requests under a foreign name (DNS rebinding) and too many at once; adds the security headers."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.allowed = settings.allowed_hosts
        self.origins = settings.cors
        self.room = settings.requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        admitted = self._admits(headers.get("origin"), scope["path"])
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    told.setdefault(name, value)
                told.setdefault("Content-Security-Policy", _POLICY.format(nonce=nonce))
                if admitted:
                    told["Cross-Origin-Resource-Policy"] = "cross-origin"
            await send(message)

        if host_name(headers.get("host", "")) not in self.allowed:
            await _refuse(421, "this server is not known by that name: see --name")(scope, receive, guarded)
        elif not admitted and _is_foreign(scope["method"], headers):
            await _refuse(403, "pages of other web sites may not ask this server: see --cors")(scope, receive, guarded)
        elif self.room <= 0:
            await _refuse(503, "too many requests at once", {"Retry-After": RETRY})(scope, receive, guarded)
        else:
            self.room -= 1
            try:
                await self.app(scope, receive, guarded)
            finally:
                self.room += 1

    def _admits(self, origin: str | None, path: str) -> bool:
        """Whether a page of this origin may read what is at the path."""
        return origin is not None and is_shared(path) and ("*" in self.origins or origin in self.origins)


class Sharing(CORSMiddleware):
    """Tells browsers which web sites may read answers and RDF; of anything else it says nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_shared(scope["path"]):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def is_shared(path: str) -> bool:
    """Whether pages of the web sites that `--cors` names may read what is there: answers and RDF alone.

    >>> is_shared("/sparql"), is_shared("/picture/room:00.jpg")
    (True, False)
    """
    return path == "/sparql" or is_node(path)


def is_node(path: str) -> bool:
    """Whether this is the path of an IRI of the graph: a term, a property, a pair, evidence …"""
    return bool(_NODE.fullmatch(path))


def _refuse(status: int, reason: str, headers: dict[str, str] | None = None) -> PlainTextResponse:
    return PlainTextResponse(f"{reason}\n", status, headers)


def _is_foreign(method: str, headers: Headers) -> bool:
    """Whether a browser asks on behalf of another site's page, other than by following a link (Fetch Metadata)."""
    followed = method in ("GET", "HEAD") and headers.get("sec-fetch-dest", "document") == "document"
    return headers.get("sec-fetch-site") in ("cross-site", "same-site") and not (
        followed and headers.get("sec-fetch-mode", "navigate") == "navigate"
    )


def host_name(host: str) -> str:
    """The name in a `Host` header without port and brackets, in lower case.

    >>> host_name("[::1]:7878"), host_name("LocalHost:80")
    ('::1', 'localhost')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0].casefold()
    return host.partition(":")[0].casefold()


async def read_body(request: Request, longest: int) -> bytes:
    """The body of a request. Raises a 413 as soon as it is known to be longer."""
    told = request.headers.get("content-length", "0")
    if not told.isdigit():
        raise HTTPException(400, "Content-Length is no number")
    if int(told) > longest:
        raise _too_long(longest)
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > longest:
                raise _too_long(longest)
    except ClientDisconnect:
        raise HTTPException(499, "the client went away") from None
    return bytes(body)


def _too_long(longest: int) -> HTTPException:
    return HTTPException(413, f"the request is longer than {longest >> 10} KiB")
