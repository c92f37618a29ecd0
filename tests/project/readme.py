"""The commands of README.md: found, run in order in one folder, and their output compared or written anew.

    python -m tests.project.readme     rewrites the output below each command where it is no longer true

A block of the language `console` holds commands after `$ ` and what they print; a line `…` stands for any lines, and
`…` within a line for any characters (times, for instance).
"""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
_VARYING = [
    (re.compile(r"[\d,]+ quads"), "… quads"),
    (re.compile(r"\b\d+(\.\d+)? s\b"), "… s"),
    (re.compile(r"\b\d+(\.\d+)? a second\b"), "… a second"),
]


@dataclass(frozen=True)
class Example:
    """A command as the README shows it, with the output below it."""

    command: str
    output: str


def examples(text: str) -> list[Example]:
    """The commands of all console blocks, in order."""
    found = []
    for block in _BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.splitlines()
            count = next(i for i, line in enumerate(lines, 1) if not line.endswith("\\"))
            found.append(Example("\n".join(lines[:count]), "\n".join(lines[count:])))
    return found


def matches(expected: str, actual: str) -> bool:
    """Whether the output is the expected one, `…` standing for anything."""
    pattern = re.escape(expected.strip()).replace("…", "(?s:.*?)")
    return re.fullmatch(pattern, "\n".join(line.rstrip() for line in actual.strip().splitlines())) is not None


def run(command: str, folder: Path) -> str:
    """Run a command of the README in a folder that has `configs/` and `docs/` as a checkout does; what it printed."""
    for name in ("configs", "docs"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    program = f"{sys.executable} {ROOT / 'cli.py'}"
    line = re.sub(r"^(derm1m|python cli\.py)\b", program, command)
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise AssertionError(f"$ {command}\n{done.stdout}{done.stderr}")
    return done.stdout


def _rewrite() -> None:
    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for example in examples(text):
            output = run(example.command, Path(folder)).strip()
            if example.output and matches(example.output, output):
                continue
            lines = [line.rstrip() for line in output.splitlines()]
            if len(lines) > 24:
                lines = [*lines[:16], "…"]
            output = "\n".join(lines)
            for pattern, instead in _VARYING:
                output = pattern.sub(instead, output)
            before = f"$ {example.command}\n{example.output}".rstrip("\n")
            text = text.replace(before, f"$ {example.command}\n{output}", 1)
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _rewrite()
