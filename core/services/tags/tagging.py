"""Tags over a project: scored, kept, calibrated and learned. Pages and commands come here."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import RLock

import numpy as np

from core.learn.models import tag_model
from core.learn.models.tag_model import Threshold
from core.project.pool import Pool
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.project.vocabulary_file import VocabularyFile
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.search.exact import numbered
from core.services.tags.tagged import Source, TagColumn, Tagged
from core.store.labels.answers import TagLabels
from core.store.vectors import VectorStore
from core.store.workspace import Workspace
from core.tags import scores
from core.tags.columns import Column, TagTable, column_key
from core.tags.edits import renamed
from core.tags.vocabulary import Derived, Settings, Tag, Tags

KEPT_BYTES = 256_000_000  # of columns in memory; the ones used last stay
_CHUNK = 16_384


class Tagging:
    """Tags over one collection after the other; what was scored last stays in memory.

    Safe to share between the sessions of one server.

    Args:
        labels: what people said of single tags.
    """

    def __init__(self, labels: TagLabels) -> None:
        self.labels = labels
        self._lock = RLock()
        self._columns: OrderedDict[Hashable, TagColumn] = OrderedDict()
        self._opened: tuple[str, _Opened] | None = None

    def score(self, snapshot: Snapshot, tags: Tags, report: Report | None = None) -> Tagged:
        """Every tag over the collection; only what is new is computed.

        Raises:
            WinnowError: nothing is embedded, or the encoder is needed and not the right one.
            Cancelled: asked to stop; what was computed is kept.
        """
        begun, report = time.perf_counter(), report or Report()
        pool, encoder = snapshot.pool, snapshot.workspace.encoder
        with self._lock:
            answers, version = self.labels.current(), self.labels.version()
            keys = {
                tag.code: (
                    pool.version,
                    _key(pool, tags, tag),
                    tags.settings(tag),
                    tag.code,
                    version,
                )
                for tag in tags.tags
            }
            todo = [tag for tag in tags.tags if keys[tag.code] not in self._columns]
            values, computed = self._similarities(snapshot, tags, todo, report)
            columns: dict[str, TagColumn] = {}
            for number, tag in enumerate(tags.tags):
                key = keys[tag.code]
                if tag.code in values:
                    report.step("Calibrating tags", number, len(tags.tags))
                    own = answers.get(tag.code, {})
                    self._columns[key] = _column(
                        pool, tag, values[tag.code], tags.settings(tag), own
                    )
                self._columns.move_to_end(key)
                columns[tag.code] = self._columns[key]
            self._shrink()
        for derived in tags.in_order():
            columns[derived.code] = _by_rule(derived, columns, len(pool))
        return Tagged(
            pool=pool,
            tags=tags,
            model=encoder.spec if encoder else "",
            columns={code: columns[code] for code in tags.codes},
            computed=computed,
            reused=len(tags.tags) - computed,
            seconds=time.perf_counter() - begun,
        )

    # -- inside ----------------------------------------------------------------------------------

    def _open(self, workspace: Workspace, pool: Pool) -> _Opened:
        encoder = workspace.encoder
        if encoder is None or not len(pool):
            raise WinnowError("Nothing is embedded yet: embed the images on the Data page first.")
        if self._opened is None or self._opened[0] != pool.version:
            store = VectorStore(workspace.vectors(encoder.identity), encoder.dim)
            rows = _places(store, pool)
            table = TagTable(workspace.cache / "tags" / encoder.identity, store.ids)
            self._opened = (pool.version, _Opened(store, table, rows))
        return self._opened[1]

    def _similarities(
        self, snapshot: Snapshot, tags: Tags, todo: Sequence[Tag], report: Report
    ) -> tuple[dict[str, np.ndarray], int]:
        """Tag → similarities over the pool, and how many tags something was computed for."""
        opened = self._open(snapshot.workspace, snapshot.pool)
        table, length = opened.table, len(opened.store)
        keys = {tag.code: _key(snapshot.pool, tags, tag) for tag in todo}
        stored = {tag.code: table.read(keys[tag.code]) for tag in todo}
        report.step("Reading the prompts")
        directions = _directions(snapshot, tags, [t for t in todo if stored[t.code] is None])
        whole: dict[str, Column] = {}
        short: dict[str, Column] = {}
        for code, column in stored.items():
            column = column or Column(directions[code], np.zeros(0, np.float32))
            (whole if len(column.values) == length else short)[code] = column
        for code, column in _extended(opened.store, short, report).items():
            table.write(keys[code], column)
            whole[code] = column
        if short:
            table.prune([_key(snapshot.pool, tags, tag) for tag in tags.tags])
        return {code: column.values[opened.rows] for code, column in whole.items()}, len(short)

    def _shrink(self) -> None:
        """Forget the columns not used for longest, but never the one used last."""
        size = sum(column.nbytes for column in self._columns.values())
        while size > KEPT_BYTES and len(self._columns) > 1:
            size -= self._columns.popitem(last=False)[1].nbytes


def tagging_of(project: Project) -> Tagging:
    """The tags of a project, one for all who ask."""
    collection = project.collection
    return collection.memory.remember("tagging", "", lambda: Tagging(collection.tag_labels), keep=1)


def rename_tag(file: VocabularyFile, labels: TagLabels, old: str, new: str, annotator: str) -> Tags:
    """Give a tag another code: in the file, in its rules and in what people said of it.

    Raises:
        WinnowError: the code is none, or is taken, or the file or the labels cannot be written;
            neither has the new code then.
    """
    batches: list[str | None] = []

    def edit(tags: Tags) -> Tags:
        changed = renamed(tags, old, new)
        batches.append(labels.rename(old, new, annotator))
        return changed

    with file.guard.one(f"tag {old} was renamed {new}"):
        try:
            return file.update_tags(edit)
        except WinnowError:
            for batch in filter(None, batches):  # the file has the old code still
                with suppress(WinnowError):  # the next attempt finds nothing left to rename
                    labels.undo(batch, annotator)
            raise


def threshold(tagged: Tagged, code: str, target: float) -> Threshold:
    """Where to accept a tag for a target precision (0 to 1), from its labels.

    Raises:
        WinnowError: it is a rule, which has no scores of its own.
    """
    column = tagged[code]
    if column.calibration is None or column.logits is None:
        raise WinnowError(f"{code} is a rule: set the thresholds of the tags it names.")
    rows = np.flatnonzero(column.human >= 0)
    yes = column.human[rows] == 1
    offsets = column.calibration.offsets(column.logits)
    if column.source == "model" and yes.sum() >= tag_model.FEWEST_POSITIVES:
        confidence = tag_model.held_out(tagged.pool.stored, offsets, rows, yes)
    else:
        confidence = scores.sigmoid(offsets[rows])  # the prompts saw no label
    return tag_model.threshold(confidence, yes, target)


def _key(pool: Pool, tags: Tags, tag: Tag) -> str:
    return column_key(scores.FORMULA, pool.identity, tags.prompts(tag), tags.contrast(tag))


def _directions(snapshot: Snapshot, tags: Tags, new: Sequence[Tag]) -> dict[str, np.ndarray]:
    """Code → direction. The encoder reads all texts in one pass, much faster than one each.

    Which texts share a pass can change an embedding's last bits: the stored column holds the
    direction as well, so that a tag is never read a second time.
    """
    texts = {tag.code: (tags.prompts(tag), tags.contrast(tag)) for tag in new}
    embed = snapshot.text_vectors
    if texts:
        embed([text for both in texts.values() for part in both for text in part])
    return {
        code: scores.direction(embed(prompts), embed(contrast))
        for code, (prompts, contrast) in texts.items()
    }


@dataclass(frozen=True, eq=False)
class _Opened:
    """The vectors, the columns in their order, and the row in both of each image of the pool."""

    store: VectorStore
    table: TagTable
    rows: np.ndarray


def _extended(store: VectorStore, short: Mapping[str, Column], report: Report) -> dict[str, Column]:
    """Columns as long as the store; those that begin at the same row in one pass."""
    result: dict[str, Column] = {}
    for start in sorted({len(column.values) for column in short.values()}):
        group = {code: c for code, c in short.items() if len(c.values) == start}
        directions = np.stack([column.direction for column in group.values()])
        parts = [np.stack([column.values for column in group.values()])]
        done = start
        for block in _vectors(store, start):
            report.step(f"Scoring {len(group)} tags", done, len(store))
            parts.append(scores.similarities(block, directions))
            done += len(block)
        values = np.concatenate(parts, axis=1)
        for index, (code, column) in enumerate(group.items()):
            result[code] = Column(column.direction, values[index].copy())
    return result


def _places(store: VectorStore, pool: Pool) -> np.ndarray:
    """(N,) int64 where each image of the pool stands among the ids of the store."""
    places = np.full(sum(map(len, store.blocks())), -1, dtype=np.int64)
    in_order = store.rows_of(store.ids)
    places[in_order] = np.arange(len(in_order))
    return places[store.rows_of(pool.ids)]


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
    pool: Pool, tag: Tag, similarities: np.ndarray, settings: Settings, answers: Mapping[str, bool]
) -> TagColumn:
    """A tag's column from its similarities and its labels (image id → yes or no)."""
    calibration = scores.calibrate(similarities, settings)
    logits = calibration.logits(similarities)
    human = np.full(len(pool), -1, dtype=np.int8)
    for image_id, yes in answers.items():
        row = pool.rows.get(image_id)
        if row is not None:
            human[row] = yes
    rows = np.flatnonzero(human >= 0)
    offsets = calibration.offsets(logits)
    learned = len(np.unique(human[rows])) == 2
    if learned:
        confidence = tag_model.learn(pool.stored, offsets, rows, human[rows] == 1)
    else:
        confidence = scores.sigmoid(offsets)
    confidence = np.where(human >= 0, human, confidence).astype(np.float32)
    bands = _answered_bands(calibration.bands(confidence), human)
    source: Source = "model" if learned else "prompt"
    return TagColumn(tag.code, source, confidence, bands, human, logits, calibration)


def _answered_bands(bands: np.ndarray, human: np.ndarray) -> np.ndarray:
    """Bands with what people said in force, whatever the thresholds."""
    answers = np.where(human == 1, scores.ACCEPTED, scores.REJECTED)
    return np.where(human >= 0, answers, bands).astype(np.int8)


def _by_rule(derived: Derived, columns: Mapping[str, TagColumn], count: int) -> TagColumn:
    rule = derived.parsed
    confidence = rule.confidence({code: column.confidence for code, column in columns.items()})
    bands = rule.bands({code: column.bands for code, column in columns.items()})
    nobody = np.full(count, -1, dtype=np.int8)
    return TagColumn(derived.code, "rule", confidence, bands, nobody)
