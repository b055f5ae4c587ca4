"""Tags over a project: scored, kept, calibrated and learned. Pages and commands come here."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import RLock
from typing import Any, Literal

import numpy as np

from core.learn.models import tag_model
from core.learn.models.tag_model import Threshold
from core.project.pool import Pool
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.search.exact import numbered
from core.services.tags.vocabulary import TagFile
from core.store.labels.tags import TagLabelStore
from core.store.vectors import VectorStore
from core.tags import scores
from core.tags.columns import Column, TagTable, column_key
from core.tags.edits import renamed
from core.tags.scores import Calibration
from core.tags.vocabulary import Derived, Settings, Tag, Tags

Source = Literal["prompt", "model", "rule"]
Tell = Callable[[str, int, int], None]
"""Takes a step's name, how much of it is done and how much there is; may raise to stop."""

KEPT_BYTES = 256_000_000  # of columns in memory; the ones used last stay
_CHUNK = 16_384


@dataclass(frozen=True, eq=False)
class TagColumn:
    """One tag over the pool.

    Attributes:
        code, source: which tag; from its prompts, from labels too, or by a rule.
        confidence: (N,) float32 in 0..1; 1 or 0 where a person said so.
        bands: (N,) int8 numbers of ``tag_scores.BANDS``.
        human: (N,) int8, 1 yes, 0 no, -1 nobody has said.
        logits, calibration: of the prompts; None for a rule.
    """

    code: str
    source: Source
    confidence: np.ndarray
    bands: np.ndarray
    human: np.ndarray
    logits: np.ndarray | None = None
    calibration: Calibration | None = None

    @property
    def nbytes(self) -> int:
        """Memory of its arrays."""
        arrays = (self.confidence, self.bands, self.human, self.logits)
        return sum(array.nbytes for array in arrays if array is not None)

    def counts(self) -> dict[str, int]:
        """Images in each band, accepted first."""
        numbers = np.bincount(self.bands, minlength=3)
        return {name: int(numbers[i]) for i, name in reversed(list(enumerate(scores.BANDS)))}


@dataclass(frozen=True, eq=False)
class Tagged:
    """A pool under a vocabulary of tags.

    Attributes:
        model: the encoder, as the user names it.
        columns: code → column, in the order of the vocabulary.
        computed, reused: tags whose similarities were computed now (at least for new images) and
            tags read as they were.
        seconds: how long all of it took.
    """

    pool: Pool
    tags: Tags
    model: str
    columns: Mapping[str, TagColumn]
    computed: int
    reused: int
    seconds: float

    @cached_property
    def version(self) -> str:
        return self.tags.version

    def __getitem__(self, code: str) -> TagColumn:
        return self.columns[code]

    def as_json(self) -> dict[str, Any]:
        """What scripts are told."""
        per_tag = {}
        for code, column in self.columns.items():
            calibration = column.calibration
            per_tag[code] = {
                **column.counts(),
                "centre": round(calibration.centre, 4) if calibration else None,
                "scale": round(calibration.scale, 4) if calibration else None,
                "source": column.source,
            }
        return {
            "images": len(self.pool),
            "tags": len(self.columns),
            "computed": self.computed,
            "reused": self.reused,
            "seconds": round(self.seconds, 3),
            "model": self.model,
            "vocabulary": self.version,
            "per_tag": per_tag,
        }


class Tagging(TagFile):
    """The tags of one project. Safe to share between the sessions of one server."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.labels = TagLabelStore(project.workspace.labels)
        self._lock = RLock()
        self._columns: OrderedDict[Hashable, TagColumn] = OrderedDict()
        self._opened: tuple[str, _Opened] | None = None

    # -- vocabulary ------------------------------------------------------------------------------

    def rename(self, old: str, new: str, annotator: str) -> Tags:
        """Give a tag another code, in the rules and in what people said of it too."""
        changed = self.save(renamed(self.tags(), old, new))
        self.labels.rename(old, new, annotator)
        return changed

    # -- scores ----------------------------------------------------------------------------------

    def score(self, tags: Tags, tell: Tell | None = None) -> Tagged:
        """Every tag over the pool; only what is new is computed.

        Args:
            tell: takes the progress.

        Raises:
            WinnowError: nothing is embedded, or the encoder is needed and not the right one.
        """
        begun = time.perf_counter()
        pool, encoder = self.project.pool(), self.project.workspace.encoder
        spec = encoder.spec if encoder else ""
        with self._lock:
            said, version = self.labels.current(), self.labels.version()
            keys = {
                tag.code: (
                    pool.version,
                    self._key(tags, tag),
                    tags.settings(tag),
                    tag.code,
                    version,
                )
                for tag in tags.tags
            }
            todo = [tag for tag in tags.tags if keys[tag.code] not in self._columns]
            values, computed = self._similarities(pool, tags, todo, tell)
            columns: dict[str, TagColumn] = {}
            for number, tag in enumerate(tags.tags):
                key = keys[tag.code]
                if tag.code in values:
                    if tell is not None:
                        tell("Calibrating tags", number, len(tags.tags))
                    answers = said.get(tag.code, {})
                    column = _column(pool, tag, values[tag.code], tags.settings(tag), answers)
                    self._columns[key] = column
                self._columns.move_to_end(key)
                columns[tag.code] = self._columns[key]
            self._shrink()
        for derived in tags.in_order():
            columns[derived.code] = _by_rule(derived, columns, len(pool))
        ordered = {code: columns[code] for code in tags.codes}
        seconds = time.perf_counter() - begun
        return Tagged(pool, tags, spec, ordered, computed, len(tags.tags) - computed, seconds)

    def threshold(self, tagged: Tagged, code: str, target: float) -> Threshold:
        """Where to accept a tag for a target precision, from its labels."""
        column = tagged[code]
        if column.calibration is None or column.logits is None:
            raise WinnowError(f"{code} is a rule: set the thresholds of the tags it names.")
        rows = np.flatnonzero(column.human >= 0)
        yes = column.human[rows] == 1
        offsets = column.calibration.offsets(column.logits)
        if column.source == "model" and yes.sum() >= tag_model.FEWEST_POSITIVES:
            confidence = tag_model.held_out(tagged.pool.vectors, offsets, rows, yes)
        else:
            confidence = scores.sigmoid(offsets[rows])  # the prompts saw no label
        return tag_model.threshold(confidence, yes, target)

    # -- inside ----------------------------------------------------------------------------------

    def _open(self, pool: Pool) -> _Opened:
        encoder = self.project.workspace.encoder
        if encoder is None or not len(pool):
            raise WinnowError("Nothing is embedded yet: embed the images on the Data page first.")
        if self._opened is None or self._opened[0] != pool.version:
            workspace = self.project.workspace
            store = VectorStore(workspace.vectors(encoder.identity), encoder.dim)
            row_of = {image_id: row for row, image_id in enumerate(store.ids)}
            rows = np.fromiter((row_of[i] for i in pool.ids), dtype=np.int64, count=len(pool))
            table = TagTable(workspace.cache / "tags" / encoder.identity, list(store.ids))
            self._opened = (pool.version, _Opened(store, table, rows))
        return self._opened[1]

    def _key(self, tags: Tags, tag: Tag) -> str:
        identity = self.project.pool().identity
        return column_key(scores.FORMULA, identity, tags.prompts(tag), tags.contrast(tag))

    def _similarities(
        self, pool: Pool, tags: Tags, todo: Sequence[Tag], tell: Tell | None
    ) -> tuple[dict[str, np.ndarray], int]:
        """Tag → similarities over the pool, and how many tags something was computed for."""
        opened = self._open(pool)
        table, length = opened.table, len(opened.store)
        keys = {tag.code: self._key(tags, tag) for tag in todo}
        known: dict[str, Column] = {}
        short: dict[str, Column] = {}
        found = {tag.code: table.read(keys[tag.code]) for tag in todo}
        if tell is not None:
            tell("Reading the prompts", 0, 0)
        made = self._directions(tags, [tag for tag in todo if found[tag.code] is None])
        for code, column in found.items():
            column = column or Column(made[code], np.zeros(0, np.float32))
            (known if len(column.values) == length else short)[code] = column
        for code, column in _extended(opened.store, short, tell).items():
            table.write(keys[code], column)
            known[code] = column
        if short:
            table.prune([self._key(tags, tag) for tag in tags.tags])
        return {code: column.values[opened.rows] for code, column in known.items()}, len(short)

    def _directions(self, tags: Tags, new: Sequence[Tag]) -> dict[str, np.ndarray]:
        """Code → direction. The encoder reads all texts in one pass, much faster than one each.

        Which texts share a pass can change an embedding's last bits: the kept column holds the
        direction as well, so that a tag is never read a second time.
        """
        texts = {tag.code: (tags.prompts(tag), tags.contrast(tag)) for tag in new}
        embed = self.project.text_vectors
        if texts:
            embed([text for both in texts.values() for part in both for text in part])
        return {
            code: scores.direction(embed(prompts), embed(contrast))
            for code, (prompts, contrast) in texts.items()
        }

    def _shrink(self) -> None:
        """Forget the columns not used for longest, but never the one used last."""
        size = sum(column.nbytes for column in self._columns.values())
        while size > KEPT_BYTES and len(self._columns) > 1:
            size -= self._columns.popitem(last=False)[1].nbytes


@dataclass(frozen=True, eq=False)
class _Opened:
    """The vectors, the columns in their order, and the row in both of each image of the pool."""

    store: VectorStore
    table: TagTable
    rows: np.ndarray


def _extended(
    store: VectorStore, short: Mapping[str, Column], tell: Tell | None
) -> dict[str, Column]:
    """Columns as long as the store; those that begin at the same row in one pass."""
    result: dict[str, Column] = {}
    for start in sorted({len(column.values) for column in short.values()}):
        group = {code: c for code, c in short.items() if len(c.values) == start}
        directions = np.stack([column.direction for column in group.values()])
        parts = [np.stack([column.values for column in group.values()])]
        done = start
        for block in _vectors(store, start):
            if tell is not None:
                tell(f"Scoring {len(group)} tags", done, len(store))
            parts.append(scores.similarities(block, directions))
            done += len(block)
        values = np.concatenate(parts, axis=1)
        for index, (code, column) in enumerate(group.items()):
            result[code] = Column(column.direction, values[index].copy())
    return result


def _vectors(store: VectorStore, start: int) -> Iterator[np.ndarray]:
    """The vectors (n, D) float16 of the ids from ``start`` on, in their order."""
    rows = store.rows_of(store.ids[start:])  # increasing: ids stand in the order of their rows
    for first, block in numbered(store.blocks()):
        inside = rows[(rows >= first) & (rows < first + len(block))] - first
        for at in range(0, len(inside), _CHUNK):
            part = inside[at : at + _CHUNK]
            begin, end = int(part[0]), int(part[-1]) + 1
            # Without damaged rows between them, where they are and not copied.
            yield block[begin:end] if end - begin == len(part) else block[part]


def _column(
    pool: Pool, tag: Tag, similarities: np.ndarray, settings: Settings, said: Mapping[str, bool]
) -> TagColumn:
    """A tag's column from its similarities and its labels (image id → yes or no)."""
    calibration = scores.calibrate(similarities, settings)
    logits = calibration.logits(similarities)
    human = np.full(len(pool), -1, dtype=np.int8)
    for image_id, yes in said.items():
        row = pool.rows.get(image_id)
        if row is not None:
            human[row] = yes
    rows = np.flatnonzero(human >= 0)
    offsets = calibration.offsets(logits)
    learned = len(np.unique(human[rows])) == 2
    if learned:
        confidence = tag_model.learn(pool.vectors, offsets, rows, human[rows] == 1)
    else:
        confidence = scores.sigmoid(offsets)
    confidence = np.where(human >= 0, human, confidence).astype(np.float32)
    bands = _said_bands(calibration.bands(confidence), human)
    source: Source = "model" if learned else "prompt"
    return TagColumn(tag.code, source, confidence, bands, human, logits, calibration)


def _said_bands(bands: np.ndarray, human: np.ndarray) -> np.ndarray:
    """Bands with what people said in force, whatever the thresholds."""
    answers = np.where(human == 1, scores.ACCEPTED, scores.REJECTED)
    return np.where(human >= 0, answers, bands).astype(np.int8)


def _by_rule(derived: Derived, columns: Mapping[str, TagColumn], count: int) -> TagColumn:
    rule = derived.parsed
    confidence = rule.confidence({code: column.confidence for code, column in columns.items()})
    bands = rule.bands({code: column.bands for code, column in columns.items()})
    nobody = np.full(count, -1, dtype=np.int8)
    return TagColumn(derived.code, "rule", confidence, bands, nobody)
