"""What every test may use: the ontology, the real data where it is present, and a small synthetic atlas."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of published data sets: `$DERM1M_DATA`, else `../shared/data`; the test is skipped without it."""
    folder = Path(os.environ.get("DERM1M_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder}: point DERM1M_DATA at it")
    return folder
