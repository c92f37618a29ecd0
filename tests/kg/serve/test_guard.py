"""What stands before every page."""

import re
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from kg.serve.guard import Guard, host_name, read_body
from kg.serve.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

PATHS = ["/", "/terms", "/DERM_0001031", "/pairs", "/ask", "/statistics", "/search?q=acne", "/sparql", "/no/such/page",
         "/picture/room:00.jpg", "/static/site.css", "/static/../site.py"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_every_response_has_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["img-src"] == policy["form-action"] == "'self'"
    assert re.fullmatch(r"'self' 'nonce-[\w-]{22}'", policy["style-src"])
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


def test_a_nonce_is_used_once(client: TestClient) -> None:
    assert client.get("/").headers["content-security-policy"] != client.get("/").headers["content-security-policy"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7878", "127.0.0.1.evil.example", "", "localhost.", "10.0.0.1"]
)
def test_a_request_under_a_foreign_name_is_refused(client: TestClient, host: str) -> None:
    for path in ("/", "/sparql?query=ASK%7B%7D", "/static/site.css", "/picture/room:00.jpg"):
        assert client.get(path, headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:7878", "LOCALHOST", "127.0.0.1", "[::1]:7878"])
def test_its_own_names_are_known(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("status", "site", "mode", "dest"),
    [
        (200, "none", "navigate", "document"),  # typed
        (200, "same-origin", "cors", "empty"),
        (200, "cross-site", "navigate", "document"),  # a link was followed
        (403, "cross-site", "navigate", "iframe"),
        (403, "cross-site", "no-cors", "image"),
        (403, "cross-site", "cors", "empty"),
        (403, "same-site", "no-cors", "script"),  # another port of this machine
    ],
)
def test_another_site_s_page_cannot_make_the_browser_ask(
    client: TestClient, status: int, site: str, mode: str, dest: str
) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
    assert client.get("/sparql", params={"query": "ASK {}"}, headers=headers).status_code == status
    if site in ("cross-site", "same-site"):
        assert client.post("/ask", data={"query": "ASK {}"}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("header", "name"),
    [("a.example:80", "a.example"), ("[::1]", "::1"), ("[fe80::1]:80", "fe80::1"), ("", ""), ("[", "")],
)
def test_the_name_of_a_host(header: str, name: str) -> None:
    assert host_name(header) == name


def test_a_body_without_a_length_is_cut_off_at_the_limit() -> None:
    async def echo(request: Request) -> Response:
        return PlainTextResponse(str(len(await read_body(request, 1000))))

    app = Starlette(routes=[Route("/", echo, methods=["POST"])], middleware=[Middleware(Guard, Settings())])

    def parts(count: int) -> "Iterator[bytes]":
        yield from [b"x" * 100] * count

    with TestClient(app, "http://localhost") as client:
        assert client.post("/", content=parts(10)).text == "1000"
        assert client.post("/", content=parts(11)).status_code == 413
        assert client.post("/", content=b"", headers={"Content-Length": "-5"}).status_code == 400


def test_more_requests_at_once_than_there_is_room_for_are_put_off() -> None:
    import asyncio

    import httpx2

    async def wait(_: Request) -> Response:
        await asyncio.sleep(0.2)
        return PlainTextResponse("done")

    async def run() -> "list[httpx2.Response]":
        layers = [Middleware(Guard, Settings(requests=2))]
        app = Starlette(routes=[Route("/", wait)], middleware=layers)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
            together = await asyncio.gather(*(client.get("/") for _ in range(3)))
            return [*together, await client.get("/")]

    replies = asyncio.run(run())
    assert [reply.status_code for reply in replies] == [200, 200, 503, 200]
    assert replies[2].headers["retry-after"] == "2"
    assert "content-security-policy" in replies[2].headers


def test_an_origin_that_may_read_is_told_so() -> None:
    from starlette.middleware.cors import CORSMiddleware  # as `create_app` adds it, without a graph

    async def hello(_: Request) -> Response:
        return PlainTextResponse("hello")

    settings = Settings(cors=("https://atlas.example",))
    layers = [Middleware(Guard, settings), Middleware(CORSMiddleware, allow_origins=settings.cors)]
    with TestClient(Starlette(routes=[Route("/", hello)], middleware=layers), "http://localhost") as client:
        allowed = client.get("/", headers={"Origin": "https://atlas.example"}).headers
        assert allowed["access-control-allow-origin"] == "https://atlas.example"
        assert allowed["cross-origin-resource-policy"] == "cross-origin"
        other = client.get("/", headers={"Origin": "https://evil.example"}).headers
        assert "access-control-allow-origin" not in other
