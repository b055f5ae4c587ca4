"""The layers of an open_clip model tuned on pairs: pictures read, layers changed, both judged.

What is judged is what will be loaded: an encoder of its own, with the change in its weights. Where
something that it could gets lost, a weaker change is tried.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.embedding.reading import read
from core.encoders.base import Encoder, of_texts
from core.encoders.digests import short_digest
from core.encoders.openclip.family import OpenClipFamily
from core.encoders.tuned import lora
from core.encoders.tuned.change import Change
from core.encoders.tuned.unfinished import Unfinished
from core.images.names import shown
from core.images.scan import FoundFile
from core.learn.tuning.judging import compare
from core.learn.tuning.pairs import Pairs
from core.learn.tuning.towers import Interim, part_of, train_towers
from core.project.snapshot import Snapshot
from core.prompts import zeroshot
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors
from core.runtime.progress import Report
from core.services.tuning import general, retention
from core.services.tuning.material import Material
from core.services.tuning.outcome import Result
from core.services.tuning.retention import Retention

if TYPE_CHECKING:
    from core.encoders.openclip.sources import ModelSource

MOST_IMAGES = 50_000
"""Pictures that are learned from: prepared they take some 150 kB each on the disk."""
_GENERAL = 500  # pictures of the collection that general things are put among
_SHARES = (1.0, 0.7, 0.5, 0.35)  # of the change that are tried
_BATCH = 32


def check(spec: str) -> ModelSource:
    """Where the model of a spec comes from.

    Raises:
        WinnowError: it has no layers that could be changed.
    """
    source = OpenClipFamily().parse(spec)
    if source is None:
        raise WinnowError(
            f"The layers of {spec} cannot be changed, only those of open_clip's models: tune it "
            "with --depth adapter, or choose another model with --model."
        )
    return source


def possible(spec: str) -> bool:
    """Whether the layers of a model that is in use can be changed here."""
    return lora.installed() and OpenClipFamily().parse(spec) is not None


def learn(snapshot: Snapshot, material: Material, seed: int, report: Report) -> Result:
    """Change the layers of the snapshot's encoder, and judge what came of it.

    A run that was stopped or killed goes on from its last finished pass when it is started again
    with the same pairs, encoder and seed.

    Raises:
        WinnowError: `peft` is missing, a picture cannot be read any more, there are too many of
            them, or the disk is full.
        Cancelled: asked to stop; the last finished pass is kept.
    """
    unfinished = Unfinished(_digest(snapshot.encoder, material, seed))
    rows = _needed(snapshot, material)
    try:
        pixels = _prepared(snapshot, rows, unfinished.pixels, report)
        result = _learned(snapshot, material, rows, pixels, unfinished, seed, report)
    finally:
        with contextlib.suppress(PermissionError):  # Windows, while an error still holds them
            unfinished.pixels.unlink(missing_ok=True)
    unfinished.forget()
    return result


def _learned(
    snapshot: Snapshot,
    material: Material,
    rows: np.ndarray,
    pixels: np.ndarray,
    unfinished: Unfinished,
    seed: int,
    report: Report,
) -> Result:
    change, history = _trained(snapshot.encoder, material, rows, pixels, unfinished, seed, report)
    if change is None:
        return Result(None, None, None, [], history)
    views = _Views(snapshot, material, rows, pixels, report)
    return replace(_harmless(views, change, seed), history=history)


class _Keeper:
    """See `core.learn.tuning.towers.Keeper`."""

    def __init__(self, unfinished: Unfinished) -> None:
        self._unfinished = unfinished

    def load(self) -> Interim | None:
        interim = self._unfinished.read()
        return None if interim is None else Interim(*interim)

    def save(self, interim: Interim) -> None:
        self._unfinished.write(interim.tensors, interim.facts)


def _trained(
    encoder: Encoder,
    material: Material,
    rows: np.ndarray,
    pixels: np.ndarray,
    unfinished: Unfinished,
    seed: int,
    report: Report,
) -> tuple[Change | None, list[dict[str, float]]]:
    """The change that validation likes best, and the learning curve."""
    report.step("Loading the layers")
    artifacts = OpenClipFamily().artifacts(check(encoder.spec), report)
    towers = lora.LoraTowers(artifacts, encoder.device, pixels, material.texts, seed)
    place = np.searchsorted(rows, material.rows)
    pairs = replace(material.pairs, image=place[material.pairs.image])
    seen, judged = (
        part_of(pairs, own) for own in (material.parts.train, material.parts.validation)
    )
    learned = train_towers(towers, seen, judged, _Keeper(unfinished), seed, report=report)
    change = None if learned.best is None else towers.change(learned.best)
    return change, learned.history


class _Views:
    """What an encoder makes of all that is judged: pairs held out, classes, general things."""

    def __init__(
        self,
        snapshot: Snapshot,
        material: Material,
        rows: np.ndarray,
        pixels: np.ndarray,
        report: Report,
    ) -> None:
        self.snapshot, self._material, self._rows = snapshot, material, rows
        self._pixels, self._report = pixels, report
        self.base = _seen(snapshot.encoder, snapshot, report)
        self.parts = material.three[1:]

    def encoder(self, change: Change) -> Encoder:
        """The base with a change, as it will be loaded."""
        base = self.snapshot.encoder
        source = check(base.spec)
        return OpenClipFamily().load(source, base.device, self._report, change.apply)

    def pairs(self, encoder: Encoder) -> tuple[Pairs, Pairs]:
        """The parts for validation and test as an encoder has them."""
        material, parts = self._material, self._material.parts
        own = np.concatenate([parts.validation, parts.test])
        images = np.zeros_like(material.pairs.images)
        texts = np.zeros_like(material.pairs.texts)
        image, text = np.unique(material.pairs.image[own]), np.unique(material.pairs.text[own])
        images[image] = self.images(encoder, material.rows[image])
        texts[text] = _texts(encoder, [material.texts[n] for n in text.tolist()], self._report)
        whole = replace(material.pairs, images=images, texts=texts)
        return whole.some(parts.validation), whole.some(parts.test)

    def images(self, encoder: Encoder, rows: np.ndarray) -> np.ndarray:
        """Vectors (n, D) of rows of the pool."""
        places, parts = np.searchsorted(self._rows, rows), []
        for start in range(0, len(places), _BATCH):
            self._report.step("Judging on pairs held out", start, len(places))
            parts.append(encoder.encode_images(self._pixels[places[start : start + _BATCH]]))
        return np.concatenate(parts)

    def retained(self, encoder: Encoder) -> list[Retention]:
        """What the base could, and whether an encoder still can."""
        snapshot, audit = self.snapshot, self.snapshot.audit
        some = _some(snapshot)
        after = general.embedded(encoder, self._report)
        pictures = (
            self.base.pictures(snapshot.pool.some(some)),
            after.pictures(self.images(encoder, some)),
        )
        names, truth = (self.base.names, after.names), np.arange(len(after.names))
        measured = [retention.of_vectors("general", pictures, names, truth)]
        if len(snapshot.names) >= 2 and len(audit):
            seen = snapshot.pool.some(audit), self.images(encoder, audit)
            spoken = (
                zeroshot.prototypes(snapshot.encoder, snapshot.classes, snapshot.texts),
                zeroshot.prototypes(encoder, snapshot.classes, zeroshot.TextCache()),
            )
            truth = snapshot.human[audit]
            measured.append(retention.of_vectors("classes", seen, spoken, truth))
        return measured


def _harmless(views: _Views, change: Change, seed: int) -> Result:
    """The largest share of a change that keeps what there was; the least one where none does."""
    for share in _SHARES:
        own = change.weaker(share)
        encoder = views.encoder(own)
        measured = views.retained(encoder)
        if all(each.holds for each in measured):
            break
    both = zip(views.parts, views.pairs(encoder), strict=True)
    validation, test = (compare(before, after, seed) for before, after in both)
    return Result(own, validation, test, measured)


def _seen(encoder: Encoder, snapshot: Snapshot, report: Report) -> general.General:
    return general.general(encoder, snapshot.derived, report)


def _texts(encoder: Encoder, texts: list[str], report: Report) -> np.ndarray:
    report.step("Judging on pairs held out")
    return of_texts(encoder.encode_texts(texts), texts, encoder.spec)


def _some(snapshot: Snapshot) -> np.ndarray:
    """Rows (n,) of the pool that general things are put among."""
    return np.sort(np.random.default_rng(0).permutation(len(snapshot.pool))[:_GENERAL])


def _needed(snapshot: Snapshot, material: Material) -> np.ndarray:
    """Rows (n,) of the pool whose pictures are read, ascending."""
    rows = np.unique(np.concatenate([material.rows, snapshot.audit, _some(snapshot)]))
    if len(rows) > MOST_IMAGES:
        raise WinnowError(
            f"The pairs are of {len(material.rows):,} pictures, and layers are changed by "
            f"{MOST_IMAGES:,} at most: bring fewer pairs, or use --depth adapter."
        )
    return rows


def _prepared(snapshot: Snapshot, rows: np.ndarray, path: Path, report: Report) -> np.ndarray:
    """Pictures of rows of the pool as the encoder takes them, (n, H, W, 3) uint8, on the disk."""
    report.step("Reading pictures", 0, len(rows))
    first = _pixels(snapshot, int(rows[0]))
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.memmap(path, dtype=np.uint8, mode="w+", shape=(len(rows), *first.shape))
        for place, row in enumerate(rows.tolist()):
            report.step("Reading pictures", place, len(rows))
            pixels[place] = _pixels(snapshot, row)
    return pixels


def _pixels(snapshot: Snapshot, row: int) -> np.ndarray:
    file = snapshot.pool.files[row][0]
    place = snapshot.workspace.file(file.path)
    wanted = FoundFile(file.path, file.size, file.mtime_ns)
    made = read(place, wanted, {}, (), snapshot.encoder)
    if made.pixels is None or made.row.id != snapshot.pool.ids[row]:
        raise WinnowError(
            f"The picture {shown(file.path)} cannot be read any more or has changed "
            f"({made.row.problem or 'its content is another'}): embed the images again first."
        )
    return made.pixels


def _digest(encoder: Encoder, material: Material, seed: int) -> str:
    pairs = material.pairs
    numbers = [pairs.image.tolist(), pairs.text.tolist(), material.rows.tolist()]
    return short_digest(encoder.identity, encoder.device, material.texts, numbers, seed)
