"""Where the files that travel with the package are: the ontology beside the code, or inside the wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def ontology_folder() -> Path:
    """The folder that holds `derm1m.owl`, `pairs.ttl` and their companions.

    A wheel carries it inside the package; a checkout has it at the root.
    """
    packaged = _PACKAGE / "_ontology"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "ontology"


def queries_folder() -> Path:
    """The folder of the documented questions (SPARQL and Cypher), placed as the ontology is."""
    packaged = _PACKAGE / "_queries"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "docs" / "queries"


def templates_folder() -> Path:
    """The folder of the prompt and sentence templates (TOML)."""
    return _PACKAGE / "templates"
