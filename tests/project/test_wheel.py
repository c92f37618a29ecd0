"""The wheel carries all it needs: installed elsewhere, without the checkout and without torch, it works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).parent / "uv"


def run(*command: str | Path, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, cwd=cwd, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_wheel_works_in_an_empty_environment(tmp_path: Path) -> None:
    build = (UV, "build", "--wheel", "--no-build-isolation", "--python", sys.executable)
    run(*build, "--out-dir", tmp_path / "dist", ROOT, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    environment = tmp_path / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=tmp_path)
    python = environment / "bin" / "python"
    run(UV, "pip", "install", "--python", python, "--constraint", ROOT / "requirements.lock", wheel, cwd=tmp_path)

    statistics = run(environment / "bin" / "derm1m", "ontology", "stats", cwd=tmp_path)
    assert "core: 403" in statistics
    prompts = run(environment / "bin" / "derm1m", "prompts", "plaque psoriasis", cwd=tmp_path)
    assert "plaque psoriasis" in prompts
    assert "pad-ufes-20" in run(environment / "bin" / "derm1m", "sources", "list", cwd=tmp_path)
    no_torch = "import importlib.util as u; print(u.find_spec('torch') is None)"
    assert run(python, "-c", no_torch, cwd=tmp_path).strip() == "True"
