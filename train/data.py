"""Exported pairs as training batches: the rows that can be used, their decoded images, tokens, conditions and order."""

import hashlib
from collections import Counter, deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from tqdm import tqdm

from embed.images import iterate_batches, read_image
from kg.errors import InputError
from kg.wording import counted
from train.config import Config

Ids = NDArray[np.int64]

STORED_SCALE = 1.125
"""Images are kept this much larger than the model takes them, so that a crop seldom enlarges them."""

NEEDED = ("pair", "image", "filepath", "text", "text_kind", "conditions", "group")


def read_pairs(path: Path, columns: tuple[str, ...] = NEEDED) -> pa.Table:
    """Those columns of an exported Parquet file, with its schema metadata.

    Raises `InputError` for a file that is not Parquet, lacks a column, or has no row.
    """
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: not a Parquet file of pairs ({error}); write one with export-pairs") from error
    missing = [name for name in columns if name not in schema.names]
    if missing:
        raise InputError(f"{path}: no column {', '.join(missing)}; write the file with export-pairs --format parquet")
    table = pq.read_table(path, columns=list(columns))
    if not table.num_rows:
        raise InputError(f"{path}: no pairs; widen the selection of export-pairs")
    return table


def hash_file(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Skipped:
    """A row or image that training cannot use, and why."""

    image: str
    filepath: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """n pairs. `conditions` [n, c] is 1 where a pair depicts one of the c conditions that occur in the batch."""

    pixels: NDArray[np.uint8]  # [n, s, s, 3]
    tokens: Ids  # [n, context]
    conditions: NDArray[np.float32]
    image: Ids  # [n], place in the set's images
    text: Ids  # [n], place in the set's distinct texts
    pairs: list[str]


class TrainingSet:
    """The usable pairs of a file in memory: distinct images, distinct texts as tokens, and conditions of each image."""

    def __init__(self, table: pa.Table, tokenizer: Any, config: Config, image_size: int, *, progress: bool = True):
        """Reads every image once. Rows without text or readable image are left out and listed in `skipped`.

        Raises `InputError` when fewer than two images are left.
        """
        self._workers = config.data.workers
        self._size = round(image_size * STORED_SCALE)
        table, no_use = _usable_rows(table, config.data.text_kinds)
        unreadable = self._read_images(table, config.data.memory_mb, progress=progress)
        table = table.filter(pc.invert(pc.is_in(table["image"], pa.array([s.image for s in unreadable], pa.string()))))
        self.skipped = no_use + unreadable

        images = table["image"].combine_chunks().dictionary_encode()
        self.images: list[str] = images.dictionary.to_pylist()
        if len(self.images) < 2:
            reasons = Counter(s.reason for s in self.skipped)
            said = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()) or "none left out"
            raise InputError(
                f"{counted(len(self.images), 'usable image')}, at least 2 are needed; rows and images left out: {said}"
            )
        self.pairs = table["pair"].combine_chunks()
        self.image_of_pair: Ids = images.indices.to_numpy().astype(np.int64)
        first = np.unique(self.image_of_pair, return_index=True)[1]
        by_image = table.take(first)
        self.groups: list[str] = by_image["group"].to_pylist()
        self.paths: list[str] = by_image["filepath"].to_pylist()
        self.conditions: list[list[str]] = [sorted(set(terms or ())) for terms in by_image["conditions"].to_pylist()]
        vocabulary = sorted({term for terms in self.conditions for term in terms})
        place = {term: number for number, term in enumerate(vocabulary)}
        self._condition_ids = [np.array([place[term] for term in terms], np.int64) for terms in self.conditions]

        texts = table["text"].combine_chunks().dictionary_encode()
        self.text_of_pair: Ids = texts.indices.to_numpy().astype(np.int64)
        self.tokens = _tokenise(texts.dictionary.to_pylist(), tokenizer, progress=progress)

        self._pairs_by_image = np.argsort(self.image_of_pair, kind="stable")
        self._pairs_before = np.concatenate([[0], np.cumsum(np.bincount(self.image_of_pair))])
        self._by_pair = config.data.sampling == "pair"
        self._seed = config.seed
        self.samples = len(self.pairs) if self._by_pair else len(self.images)
        self.batch_size = min(config.schedule.batch_size, self.samples)
        self.steps_per_epoch = self.samples // self.batch_size

    def _read_images(self, table: pa.Table, memory_mb: int, *, progress: bool) -> list[Skipped]:
        """Decode each distinct image; keep the pixels when all fit in memory."""
        distinct = (
            table.select(["image", "filepath"]).group_by("image", use_threads=False).aggregate([("filepath", "first")])
        )
        names, paths = distinct["image"].to_pylist(), distinct["filepath_first"].to_pylist()
        keep = len(paths) * self._size**2 * 3 <= memory_mb * 2**20
        pixels = np.empty((len(paths) if keep else 0, self._size, self._size, 3), np.uint8)
        skipped: list[Skipped] = []
        batches = iterate_batches(paths, self._size, batch_size=256, workers=self._workers)
        start = 0
        with tqdm(total=len(paths), desc="reading images", unit="image", disable=None if progress else True) as bar:
            for block, unreadable in batches:
                if keep:
                    pixels[start : start + len(block)] = block
                skipped += [Skipped(names[start + i], paths[start + i], reason) for i, reason in unreadable.items()]
                start += len(block)
                bar.update(len(block))
        bad = {s.image for s in skipped}
        self._pixels = pixels[[name not in bad for name in names]] if keep and bad else pixels
        return skipped

    @property
    def cut_texts(self) -> int:
        """Texts whose tokens fill the context: what they said beyond it, if anything, is not seen."""
        return int(np.count_nonzero(self.tokens[:, -1]))

    def digest(self) -> str:
        """SHA-256 over the ids of the usable pairs in their order: equal sets give equal batches."""
        return hashlib.sha256("\n".join(self.pairs.to_pylist()).encode()).hexdigest()

    def choose_rows(self, step: int) -> Ids:
        """The rows of the batch at this step, a function of seed and step alone.

        Each epoch is a permutation of all samples; the last ones that fill no whole batch are left out.
        """
        epoch, number = divmod(step, self.steps_per_epoch)
        chance = np.random.Generator(np.random.PCG64([self._seed, epoch]))
        order = chance.permutation(self.samples)
        places = order[number * self.batch_size : (number + 1) * self.batch_size]
        if self._by_pair:
            return places
        count = np.diff(self._pairs_before)
        choice = (chance.random(self.samples) * count).astype(np.int64)
        rows: Ids = self._pairs_by_image[self._pairs_before[places] + choice[places]]
        return rows

    def load_batch(self, step: int, pool: ThreadPoolExecutor) -> Batch:
        """The batch at this step. Raises `ImageError` when a file has become unreadable since the start."""
        rows = self.choose_rows(step)
        image, text = self.image_of_pair[rows], self.text_of_pair[rows]
        if len(self._pixels):
            pixels = self._pixels[image]
        else:
            pixels = np.stack(list(pool.map(lambda i: read_image(self.paths[i], self._size), image)))
        return Batch(
            pixels=pixels,
            tokens=self.tokens[text].astype(np.int64),
            conditions=_indicate([self._condition_ids[i] for i in image]),
            image=image,
            text=text,
            pairs=self.pairs.take(rows).to_pylist(),
        )

    def iterate(self, start: int, stop: int, *, ahead: int = 2) -> Generator[Batch, None, None]:
        """The batches of steps `start` to `stop`, each made in the background while the ones before are used."""
        with ThreadPoolExecutor(self._workers) as readers, ThreadPoolExecutor(1) as maker:
            made: deque[Future[Batch]] = deque()
            try:
                for step in range(start, stop):
                    while len(made) <= ahead and step + len(made) < stop:
                        made.append(maker.submit(self.load_batch, step + len(made), readers))
                    yield made.popleft().result()
            finally:
                for future in made:
                    future.cancel()


def _usable_rows(table: pa.Table, text_kinds: list[str]) -> tuple[pa.Table, list[Skipped]]:
    """Rows of the wanted kinds of text, with a text and a file; and the others of those kinds with the reason."""
    if text_kinds:
        known = set(pc.unique(table["text_kind"]).to_pylist())
        if absent := sorted(set(text_kinds) - known):
            said = ", ".join(sorted(known))
            raise InputError(f"'data.text_kinds' names {', '.join(absent)}, but the pairs have only: {said}")
        table = table.filter(pc.is_in(table["text_kind"], pa.array(text_kinds)))
    has_file = pc.is_valid(table["filepath"])
    has_text = pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(pc.fill_null(table["text"], ""))), 0)
    skipped = [Skipped(image, "", "no image file") for image in table.filter(pc.invert(has_file))["image"].to_pylist()]
    without_text = table.filter(pc.and_(has_file, pc.invert(has_text)))
    skipped += [Skipped(row["image"], row["filepath"], "empty text") for row in without_text.to_pylist()]
    return table.filter(pc.and_(has_file, has_text)), skipped


def _tokenise(texts: list[str], tokenizer: Any, *, progress: bool) -> NDArray[Any]:
    """Tokens [n, context] in the smallest integer type that holds the vocabulary."""
    kind = np.uint16 if tokenizer.vocab_size <= 2**16 else np.int32
    blocks = [
        tokenizer(texts[start : start + 1024]).numpy().astype(kind)
        for start in tqdm(range(0, len(texts), 1024), desc="tokens", unit="block", disable=None if progress else True)
    ]
    return np.concatenate(blocks)


def _indicate(labels: list[Ids]) -> NDArray[np.float32]:
    """[n, c] with 1 where row i has the c-th of the labels that occur in any row."""
    flat = np.concatenate(labels)
    row = np.repeat(np.arange(len(labels)), [len(ids) for ids in labels])
    distinct, column = np.unique(flat, return_inverse=True)
    table = np.zeros((len(labels), len(distinct)), np.float32)
    table[row, column] = 1
    return table
