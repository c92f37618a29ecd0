"""The application over a small graph, as a client meets it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from kg.graph import KnowledgeGraph


@pytest.fixture(scope="session")
def client(showroom: "KnowledgeGraph") -> "Iterator[TestClient]":
    """Asks the application, within this process; the queries run in worker processes."""
    from starlette.testclient import TestClient

    from kg.serve.settings import Settings
    from kg.serve.site import create_app

    app = create_app(showroom, Settings(workers=1, time_limit=10, memory=2 << 30, answer=1 << 20, body=1 << 16))
    with TestClient(app, "http://127.0.0.1:7878", follow_redirects=False) as client:
        yield client
