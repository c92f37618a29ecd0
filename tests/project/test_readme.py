"""Every command of the README runs and prints what the README says."""

from pathlib import Path

import pytest

from tests.project.readme import README, examples, matches, run


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_commands_print_what_the_readme_shows(tmp_path: Path) -> None:
    shown = examples(README.read_text(encoding="utf-8"))
    assert {example.command.split()[1] for example in shown} >= {
        *("sample", "build", "sparql", "cypher", "prompts", "export-pairs", "train", "evaluate")
    }
    for example in shown:
        printed = run(example.command, tmp_path)
        assert matches(example.output, printed), f"$ {example.command}\n{printed}"
