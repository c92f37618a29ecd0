"""What every test may use: the ontology, the real data where it is present, and a graph of the synthetic atlas."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology

ROOT = Path(__file__).parent.parent

gc.set_threshold(50_000, 20, 100)  # as the command line does


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of published data sets: `$DERM1M_DATA`, else `../shared/data`; the test is skipped without it."""
    folder = Path(os.environ.get("DERM1M_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder}: point DERM1M_DATA at it")
    return folder


@pytest.fixture(scope="session")
def ontology() -> "Ontology":
    """The ontology that comes with the package."""
    from kg.ontology import Ontology

    return Ontology.load()


@pytest.fixture(scope="session")
def atlas(tmp_path_factory: pytest.TempPathFactory, ontology: "Ontology") -> Path:
    """A synthetic atlas of 300 images, 64 pixels wide."""
    from kg.atlas import generate

    folder = tmp_path_factory.mktemp("atlas") / "atlas"
    generate(ontology, folder, pairs=300, seed=7, size=64)
    return folder


@pytest.fixture(scope="session")
def atlas_graph(tmp_path_factory: pytest.TempPathFactory, ontology: "Ontology", atlas: Path) -> "KnowledgeGraph":
    """The graph of that atlas."""
    from kg.build import build
    from kg.graph import KnowledgeGraph

    out = tmp_path_factory.mktemp("graph") / "derm.kg"
    build([("atlas", atlas)], out, ontology=ontology)
    return KnowledgeGraph.open(out)


@pytest.fixture(scope="session")
def clinic_graph(tmp_path_factory: pytest.TempPathFactory, ontology: "Ontology") -> "Iterator[KnowledgeGraph]":
    """The graph of a made-up clinic (`tests/kg/data/clinic`): nine rows that use every relation."""
    from kg.build import build
    from kg.graph import KnowledgeGraph

    out = tmp_path_factory.mktemp("clinic") / "derm.kg"
    build([("clinic", ROOT / "tests" / "kg" / "data" / "clinic")], out, ontology=ontology)
    with KnowledgeGraph.open(out) as graph:
        yield graph


@pytest.fixture(scope="session")
def ward_graph(tmp_path_factory: pytest.TempPathFactory, ontology: "Ontology") -> "Iterator[KnowledgeGraph]":
    """The graph of two made-up wards (`tests/kg/wards.py`): 120 images, every relation, contradictions."""
    from tests.kg.wards import build_wards

    with build_wards(ontology, tmp_path_factory.mktemp("wards") / "wards") as graph:
        yield graph


@pytest.fixture(scope="session")
def showroom(tmp_path_factory: pytest.TempPathFactory, worker_id: str, ontology: "Ontology") -> "KnowledgeGraph":
    """Thirty pictures made to be served, some of them hostile; built once for all processes of the test run."""
    import fcntl

    from tests.kg.serve.showroom import build_showroom, open_showroom

    folder = tmp_path_factory.getbasetemp()
    folder = folder if worker_id == "master" else folder.parent
    with (folder / "showroom.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return open_showroom(folder / "showroom") or build_showroom(ontology, folder / "showroom")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Where nothing may be passed over (`DERM1M_REQUIRE_INTEGRATION`), a skipped integration test is a failed one."""
    report = yield
    if report.skipped and os.environ.get("DERM1M_REQUIRE_INTEGRATION") and item.get_closest_marker("integration"):
        report.outcome = "failed"
    return report
