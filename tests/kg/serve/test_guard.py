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

from kg.serve.guard import Guard, Sharing, host_name, read_body
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


@pytest.fixture(scope="module")
def shared() -> "Iterator[TestClient]":
    """The layers that `create_app` adds for `--cors https://atlas.example`, without a graph."""

    async def hello(_: Request) -> Response:
        return PlainTextResponse("hello")

    layers = [
        Middleware(Guard, Settings(cors=("https://atlas.example",))),
        Middleware(Sharing, allow_origins=("https://atlas.example",)),
    ]
    with TestClient(Starlette(routes=[Route("/{path:path}", hello)], middleware=layers), "http://localhost") as client:
        yield client


READ_BY_PAGES = ["/sparql", "/vocab", "/DERM_0001031", "/pair/room:00.jpg:caption:0", "/source/room"]
FOR_THIS_SITE = ["/picture/room:00.jpg", "/pairs", "/ask", "/complete", "/static/site.js", "/"]


def asked_by(origin: str) -> dict[str, str]:
    return {"Origin": origin, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}


@pytest.mark.parametrize("path", READ_BY_PAGES)
def test_pages_of_an_origin_that_is_let_in_read_answers_and_rdf(shared: TestClient, path: str) -> None:
    reply = shared.get(path, headers=asked_by("https://atlas.example"))
    assert reply.status_code == 200
    assert reply.headers["access-control-allow-origin"] == "https://atlas.example"
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize("path", FOR_THIS_SITE)
def test_pictures_and_pages_are_for_this_site_alone(shared: TestClient, path: str) -> None:
    assert shared.get(path, headers=asked_by("https://atlas.example")).status_code == 403
    old = shared.get(path, headers={"Origin": "https://atlas.example"}).headers  # a browser without Fetch Metadata
    assert "access-control-allow-origin" not in old
    assert old["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", [*READ_BY_PAGES, *FOR_THIS_SITE])
@pytest.mark.parametrize("origin", ["https://evil.example", "https://atlas.example.evil.example", "null"])
def test_an_origin_that_is_not_named_is_refused_whoever_else_is_let_in(
    shared: TestClient, path: str, origin: str
) -> None:
    assert shared.get(path, headers=asked_by(origin)).status_code == 403
    assert shared.get(path, headers={"Origin": origin}).headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in shared.get(path, headers={"Origin": origin}).headers


def test_what_another_site_embeds_without_asking_is_refused(shared: TestClient) -> None:
    embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}
    assert shared.get("/sparql", headers=embedded).status_code == 403


@pytest.mark.parametrize(("origin", "status"), [("https://atlas.example", 200), ("https://evil.example", 403)])
def test_a_browser_that_asks_beforehand_is_told(shared: TestClient, origin: str, status: int) -> None:
    headers = asked_by(origin) | {"Access-Control-Request-Method": "GET"}
    assert shared.options("/sparql", headers=headers).status_code == status
