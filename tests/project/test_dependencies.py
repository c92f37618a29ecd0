"""Every declared dependency does real work."""

import ast
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# run as programs or plug-ins, not imported
TOOLS = {"ruff", "mypy", "uv", "hatchling", "editables", "pytest-timeout", "pytest-xdist"}


def distribution(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower().replace("_", "-")


def declared() -> list[str]:
    extras = PROJECT["optional-dependencies"]
    names = {distribution(r) for group in [PROJECT["dependencies"], *extras.values()] for r in group}
    return sorted(name for name in names - TOOLS if not name.startswith("types-") and not name.endswith("-stubs"))


def imported_modules() -> set[str]:
    """Modules that the code imports, or finds with `find_spec` to use what lies beside them."""
    modules = set()
    folders = ("kg", "embed", "train", "commands", "tests", "benchmarks")
    for file in [ROOT / "cli.py", *(file for folder in folders for file in (ROOT / folder).rglob("*.py"))]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    modules |= {alias.name.split(".")[0] for alias in names}
                case ast.ImportFrom(module=str(module), level=0):
                    modules.add(module.split(".")[0])
                case ast.Call(func=ast.Name(id="find_spec"), args=[ast.Constant(value=str(module))]):
                    modules.add(module)
    return modules


IMPORTED = imported_modules()
MODULES: dict[str, set[str]] = {}
for module, distributions in packages_distributions().items():
    for name in distributions:
        MODULES.setdefault(name.lower().replace("_", "-"), set()).add(module)


@pytest.mark.parametrize("name", declared())
def test_dependency_is_imported_somewhere(name: str) -> None:
    assert MODULES[name] & IMPORTED, f"{name} is declared in pyproject.toml and used nowhere"


@pytest.mark.parametrize("name", declared())
def test_dependency_is_locked(name: str) -> None:
    assert re.search(rf"^{re.escape(name)}==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)


def test_graph_half_needs_no_torch() -> None:
    """Nothing below `kg/` imports the training stack."""
    forbidden = {"torch", "open_clip", "transformers", "matplotlib", "train", "embed", "cli"}
    for file in (ROOT / "kg").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            assert not {n.split(".")[0] for n in names} & forbidden, file
