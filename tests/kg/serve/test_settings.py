"""What a server refuses to be told."""

import pytest

from kg.errors import InputError
from kg.serve.settings import Settings


def test_only_this_machine_reaches_a_server_unless_told_otherwise() -> None:
    assert Settings().is_loopback
    assert Settings().allowed_hosts == {"127.0.0.1", "localhost", "::1"}


def test_a_server_on_every_address_must_be_named() -> None:
    with pytest.raises(InputError, match="--name"):
        Settings(host="0.0.0.0")
    assert Settings(host="0.0.0.0", names=("Atlas.example",)).allowed_hosts == {"atlas.example"}


def test_an_address_names_itself() -> None:
    assert Settings(host="192.0.2.7").allowed_hosts == {"192.0.2.7"}


@pytest.mark.parametrize(
    "origin", ["example.org", "", "file:///tmp", "https://", "https://a.example/", "https://A.example"]
)
def test_an_origin_is_a_scheme_and_a_host(origin: str) -> None:
    with pytest.raises(InputError, match="origin"):
        Settings(cors=(origin,))
