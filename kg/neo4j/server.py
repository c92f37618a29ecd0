"""A Neo4j server and the way to it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from kg.errors import InputError

if TYPE_CHECKING:
    from neo4j import Driver

SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


@dataclass(frozen=True)
class Server:
    """Where a database is, and who asks. Without a password the server is asked without authentication.

    A user and a password may stand in the address, before the host; they are taken out of it, so that no message tells
    them.
    """

    uri: str
    user: str = "neo4j"
    password: str = field(default="", repr=False)
    database: str = "neo4j"

    def __post_init__(self) -> None:
        if "@" not in self.uri:
            return
        parts = urlsplit(self.uri)
        said, _, host = parts.netloc.rpartition("@")
        if not said:
            raise InputError("a /, ? or # before the @ of the server's address: write it as %2F, %3F or %23")
        user, _, password = said.partition(":")
        object.__setattr__(self, "uri", parts._replace(netloc=host).geturl())
        object.__setattr__(self, "user", unquote(user) or self.user)
        object.__setattr__(self, "password", unquote(password) or self.password)

    @classmethod
    def of_environment(cls, uri: str) -> "Server":
        """The server at this address, asked as the address and else NEO4J_USER, NEO4J_PASSWORD and NEO4J_DATABASE say.

        Without NEO4J_USER that is the user neo4j.
        """
        named = {name: os.environ.get(f"NEO4J_{name.upper()}") for name in ("user", "password", "database")}
        return cls(uri, **{name: value for name, value in named.items() if value})

    @contextmanager
    def connected(self) -> "Iterator[Driver]":
        """A driver that has reached the server.

        Raises InputError when the driver is not installed, when the server cannot be reached or refuses, and for what
        it says while the block runs.
        """
        try:
            import neo4j
        except ModuleNotFoundError:
            raise InputError("the Neo4j driver is not installed: pip install 'derm1m[neo4j]'") from None

        try:
            auth = (self.user, self.password) if self.password else None
            # the schema has relationship types that a graph may have none of: no news for the user
            driver = neo4j.GraphDatabase.driver(self.uri, auth=auth, notifications_min_severity="OFF")
        except (ValueError, neo4j.exceptions.ConfigurationError) as error:
            raise InputError(f"{self.uri}: {error}") from error
        with driver:
            try:
                driver.verify_connectivity()  # at once, where a transaction would try again for half a minute
                yield driver
            except neo4j.exceptions.AuthError as error:
                hint = "see NEO4J_USER and NEO4J_PASSWORD" if self.password else "set NEO4J_PASSWORD"
                raise InputError(f"{self.uri} refuses the user {self.user}: {hint} ({error.message})") from error
            except neo4j.exceptions.Neo4jError as error:
                raise InputError(f"{self.uri}: {error.message}") from error
            except neo4j.exceptions.DriverError as error:
                raise InputError(f"{self.uri}: {error}") from error
