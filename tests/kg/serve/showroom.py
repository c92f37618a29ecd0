"""A small graph made to be served: thirty pictures on two pages of the gallery, some of them hostile."""

import csv
import shutil
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from kg.build import build
from kg.graph import KnowledgeGraph

if TYPE_CHECKING:
    from kg.ontology import Ontology

SPECIFICATION = Path(__file__).parents[1] / "data" / "showroom" / "source.toml"

HOSTILE = (
    "</p></title><script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\"> "
    "'quoted' {{ 7 * 7 }} a plaque on the elbow"
)
HOSTILE_NAME = "\"><svg onload=alert(1)> & 'b'.jpg"
LINKED, BOMB, TEXT, ABSENT = "linked.jpg", "bomb.png", "text.jpg", "absent.jpg"

_CASES = (
    ("plaque psoriasis", "elbow", "Fitzpatrick skin type V", "A scaly plaque on the elbow. Plaque psoriasis."),
    ("melanoma", "back", "Fitzpatrick skin type II", "Melanoma of the back."),
    ("rosacea", "cheek", "Fitzpatrick skin type I", "Redness of the cheek."),
    ("genital herpes", "", "Fitzpatrick skin type III", "Grouped vesicles."),
    ("basal cell carcinoma", "forearm", "", "A pearly papule. No ulcer. Possibly a scar."),
)


def build_showroom(ontology: "Ontology", folder: Path) -> KnowledgeGraph:
    """The graph, with its pictures below `folder / "room"`; after the build one of them is made to lead out."""
    from PIL import Image

    room = folder / "room"
    room.mkdir(parents=True)
    shutil.copy(SPECIFICATION, room)
    visits = [_visit(f"{number:02}.jpg", *_CASES[number % len(_CASES)]) for number in range(24)]
    visits.append(_visit(HOSTILE_NAME, "plaque psoriasis", "elbow", "", HOSTILE))
    visits += [_visit(name, "melanoma", "back", "", "") for name in (LINKED, BOMB, TEXT, ABSENT)]
    for number, visit in enumerate(visits[:26]):
        Image.effect_mandelbrot((96, 72), (-2, -1.5, 1, 1.5), 40 + number).convert("RGB").save(room / visit["photo"])
    (room / BOMB).write_bytes(_png_header(9_000, 9_000))
    (room / TEXT).write_text("<script>alert(1)</script>")
    with (room / "visits.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(visits[0]))
        writer.writeheader()
        writer.writerows(visits)
    build([("room", room)], folder / "room.kg", ontology=ontology, progress=False)
    Image.new("RGB", (8, 8), "red").save(folder / "secret.jpg")
    (room / LINKED).unlink()
    (room / LINKED).symlink_to(folder / "secret.jpg")
    return KnowledgeGraph.open(folder / "room.kg")


def open_showroom(folder: Path) -> KnowledgeGraph | None:
    """The graph that was built there, if one was."""
    return KnowledgeGraph.open(folder / "room.kg") if (folder / "room.kg" / "current").exists() else None


def _visit(photo: str, diagnosis: str, site: str, tone: str, note: str) -> dict[str, str]:
    told = {"photo": photo, "diagnosis": diagnosis, "site": site, "tone": tone, "note": note}
    return told | {
        "patient": f"P{photo[:1]}",
        "age": "61",
        "sex": "F",
        "plaque": "yes" if diagnosis == "plaque psoriasis" else "no",
    }


def _png_header(width: int, height: int) -> bytes:
    """A picture that says it is large, and has nothing to show for it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
