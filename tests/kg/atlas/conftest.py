"""The conditions that are drawn, many scenes of them, and one small atlas, shared by the tests of the atlas."""

from pathlib import Path

import pytest

from kg.atlas import AtlasAccount, generate
from kg.atlas.repertoire import Repertoire, choose_conditions
from kg.atlas.scene import Scene, draw_scenes
from kg.ontology import Ontology

SEED = 11
PAIRS = 60
SIZE = 64


@pytest.fixture(scope="session")
def repertoire(ontology: Ontology) -> Repertoire:
    return choose_conditions(ontology)


@pytest.fixture(scope="session")
def scenes(repertoire: Repertoire) -> list[Scene]:
    """Scenes of two thousand patients and more."""
    return list(draw_scenes(repertoire, 4000, SEED))


@pytest.fixture(scope="session")
def account(ontology: Ontology, tmp_path_factory: pytest.TempPathFactory) -> AtlasAccount:
    folder = tmp_path_factory.mktemp("small") / "out"
    return generate(ontology, folder, PAIRS, seed=SEED, size=SIZE, progress=False)


@pytest.fixture
def folder(account: AtlasAccount) -> Path:
    return account.folder
