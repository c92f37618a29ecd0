"""Faults to plant in a sound ontology: SPARQL updates in `data/faults`, named after the checks they are for."""

from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kg.rdfio import PREFIXES, read

FOLDER = Path(__file__).parent / "data" / "faults"
SOUND = FOLDER / "sound.ttl"
_PREFIXES = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())


@dataclass(frozen=True)
class Fault:
    """One fault: the check that must find it, at which entities, and the checks that cannot but fire too."""

    name: str
    update: str

    @property
    def check(self) -> str:
        return self.name.partition(".")[0]

    @property
    def entities(self) -> set[str]:
        said = self._remark("found")
        return {said} if said == "blank node" else set(said.split())

    @property
    def also(self) -> set[str]:
        return set(self._remark("also").split())

    def _remark(self, key: str) -> str:
        said = [line.removeprefix(f"# {key}:") for line in self.update.splitlines() if line.startswith(f"# {key}:")]
        return said[0].strip() if said else ""

    def plant(self) -> list[ox.Quad]:
        """The statements of the sound ontology with this fault in them."""
        before = read(SOUND).quads
        changed = updated(before, self.update)
        assert set(changed) != set(before), f"{self.name} changes nothing"
        return changed


def updated(quads: list[ox.Quad], update: str) -> list[ox.Quad]:
    """The statements after a SPARQL update that may use the usual prefixes."""
    store = ox.Store()
    store.extend(quads)
    store.update(_PREFIXES + update)
    return list(store)


FAULTS = [Fault(file.stem, file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.ru"))]
