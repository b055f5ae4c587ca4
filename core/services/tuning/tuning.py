"""An encoder tuned on pairs of a collection: learned, judged on pairs held out, kept or refused."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.encoders import registry
from core.encoders.base import Encoder
from core.encoders.tuned import files
from core.encoders.tuned.adapter import Adapter
from core.encoders.tuned.change import Change
from core.encoders.tuned.files import Header
from core.encoders.tuned.gate import Gate
from core.encoders.tuned.kernel import Kernel, Side
from core.learn.tuning.judging import compare
from core.learn.tuning.pairs import Pairs
from core.learn.tuning.training import Maps, train
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.prompts import zeroshot
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.tuning import general, managing, retention, towers
from core.services.tuning.material import Material, gather, queries
from core.services.tuning.outcome import Depth, Outcome, Result, verdict
from core.services.tuning.pairing import Described
from core.services.tuning.retention import Retention

_WEAKER = 0.7  # what the weight is multiplied with while something else falls
_TRIES = 4


def tune(
    snapshot: Snapshot,
    described: Described,
    name: str,
    seed: int = 0,
    report: Report | None = None,
    depth: Depth = "adapter",
) -> Outcome:
    """Tune the snapshot's encoder, and keep the result under ``name`` when it does no harm.

    Args:
        snapshot: its pool has vectors of the encoder that is tuned, which is no tuned one.
        seed: of the split and all else that is drawn.
        depth: maps on top of frozen vectors, or a change of the encoder's own layers, which must
            be one of open_clip's.

    Raises:
        WinnowError: the name is no good or taken, there are too few pairs, the disk is full, or
            the encoder cannot be tuned so deep.
        Cancelled: asked to stop; nothing is kept but, of layers, what the next attempt goes on
            from.
    """
    begun, report = time.monotonic(), report or Report()
    path = managing.free_path(name)
    encoder = snapshot.encoder
    refuse_tuned(encoder.spec)
    if depth == "lora":
        towers.check(encoder.spec)
    material = gather(snapshot.pool, encoder, described, seed, report)
    learn = towers.learn if depth == "lora" else _learn
    result = learn(snapshot, material, seed, report)
    accepted, why = verdict(result.test, result.retention)
    counts = [part.groups for part in material.three]
    outcome = Outcome(
        name, f"{files.PREFIX}{name}" if accepted else "", encoder.spec, accepted, why,
        round(time.monotonic() - begun, 1), len(material.pairs), counts, described.unmatched,
        described.without_words, described.words, result.validation, result.test, result.retention,
        result.history, queries(snapshot.pool, material, result.test), depth,
    )  # fmt: skip
    if accepted and result.learned is not None:
        header = _header(path, encoder, result.learned, outcome)
        files.save(result.learned, header, material.seen(snapshot.pool))
    return outcome


def _learn(snapshot: Snapshot, material: Material, seed: int, report: Report) -> Result:
    """Maps on top of the encoder's vectors."""
    encoder = snapshot.encoder
    learned, chosen_by, judged = material.three
    gate = Gate.fit(learned.images, chosen_by.images, encoder.reference_mean)

    def use(maps: Maps[Side]) -> Adapter:
        return Adapter(maps.image, maps.text, gate, maps.shares, maps.weight, maps.bank)

    trained = train(learned, chosen_by, Kernel.fit, use, encoder.centre_scores, seed, report=report)
    if trained.tried is None or trained.maps is None:
        return Result(None, None, None, [], trained.history)
    report.step("Judging on pairs held out")
    middle = _middle(snapshot.pool, encoder, None)
    adapter, measured = _harmless(snapshot, use(trained.maps), middle, report)
    tried = replace(use(trained.tried), weight=adapter.weight)
    sides = ((chosen_by, tried), (judged, adapter))
    validation, test = (
        compare(*_both(part, own, middle, _middle(snapshot.pool, encoder, own)), seed)
        for part, own in sides
    )
    return Result(adapter, validation, test, measured, trained.history)


def _header(path: Path, encoder: Encoder, learned: Adapter | Change, outcome: Outcome) -> Header:
    entry = registry.describe(encoder.spec)
    return Header(
        path,
        encoder.spec,
        encoder.identity,
        encoder.title,
        learned.dim if isinstance(learned, Adapter) else encoder.dim,
        entry.resolution if entry else 0,
        entry.licence if entry else "",
        outcome.as_json(),
        isinstance(learned, Change),
    )


def refuse_tuned(spec: str) -> None:
    """WinnowError for an encoder that is tuned already: what is learned would stand on sand."""
    if spec.startswith(files.PREFIX):
        raise WinnowError(
            f"{spec} is tuned already: tune the encoder that it stands on, under a new name."
        )


def _middle(pool: Pool, encoder: Encoder, adapter: Adapter | None) -> np.ndarray:
    """What is taken off images before scoring, (D,) float32; zeros where nothing is."""
    if not encoder.centre_scores:
        return np.zeros(adapter.dim if adapter else encoder.dim, dtype=np.float32)
    mean = encoder.reference_mean
    if adapter is None:
        return zeroshot.centre(pool.blocks(), mean)
    reference = None if mean is None else adapter.average(mean)
    return zeroshot.centre(map(adapter.images, pool.blocks()), reference)


def _harmless(
    snapshot: Snapshot, adapter: Adapter, middle: np.ndarray, report: Report
) -> tuple[Adapter, list[Retention]]:
    """The adapter with the largest weight, from the best one down, that keeps what there was.

    With what was measured of it; the last one tried where none does.
    """
    encoder, pool = snapshot.encoder, snapshot.pool
    things = general.general(encoder, snapshot.derived, report)
    images = pool.some(np.arange(len(pool))[:10_000])
    pictures = things.pictures(images, encoder.reference_mean)
    for number in range(_TRIES):
        own = replace(adapter, weight=adapter.weight * _WEAKER**number)
        after = _middle(pool, encoder, own)
        classes = retention.of_classes(snapshot, encoder, own, (middle, after))
        measured = [retention.of_general(things, pictures, own), *([classes] if classes else [])]
        if all(each.holds for each in measured):
            break
    return own, measured


def _both(
    pairs: Pairs, adapter: Adapter, before: np.ndarray, after: np.ndarray
) -> tuple[Pairs, Pairs]:
    """Pairs as they are scored before and after."""
    images, texts = adapter.images(pairs.images), adapter.texts(pairs.texts)
    return (
        replace(pairs, images=pairs.images - before),
        replace(pairs, images=images - after, texts=texts),
    )
