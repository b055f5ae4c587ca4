"""Retrieval metrics of encoders on images with captions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.encoders.base import Encoder
from core.encoders.many_texts import encode_many
from core.encoders.tuned.files import PREFIX
from core.encoders.tuned.learned_from import unseen
from core.project.derived import Derived, digest
from core.project.pool import Pool, file_mark, load_pool, pool_version
from core.project.snapshot import Snapshot
from core.prompts import zeroshot
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.search.retrieval import Retrieval, retrieval
from core.services.predict.text_vectors import text_vectors
from core.store.workspace import EncoderRecord


@dataclass(frozen=True)
class CaptionScores:
    """Retrieval metrics of one encoder.

    Attributes:
        model: the encoder's spec.
        images: distinct images that took part; the others of the folder are no candidates.
        captions: pairs of image and caption that took part.
        unknown: pairs whose path is no usable image of the folder.
        learned: pairs that take no part, because an encoder of the comparison was tuned on their
            images.
    """

    model: str
    images: int
    captions: int
    unknown: int
    figures: Retrieval
    learned: int = 0

    def as_json(self) -> dict[str, Any]:
        """The counts and figures, as ``winnow evaluate-retrieval`` prints them."""
        counts = {"model": self.model, "images": self.images, "captions": self.captions}
        left_out = {"unknown_paths": self.unknown, "learned_from": self.learned}
        return counts | left_out | self.figures.as_json()

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> CaptionScores:
        """What ``as_json`` gave.

        Raises:
            KeyError, TypeError: it is anything else.
        """
        model, images, captions = (content[name] for name in ("model", "images", "captions"))
        figures = Retrieval.from_json(content)
        left_out = content["unknown_paths"], figures, content["learned_from"]
        return cls(model, images, captions, *left_out)


def evaluate_retrieval(
    pool: Pool,
    encoder: Encoder,
    captions: Sequence[tuple[str, str]],
    unknown: int = 0,
    report: Report | None = None,
    beside: Sequence[str] = (),
    derived: Derived | None = None,
) -> CaptionScores:
    """How well an encoder matches images and captions.

    Args:
        pool: the images, with this encoder's vectors.
        captions: pairs of image id and caption; of images that the pool lacks they are left out.
        unknown: captions that were left out before.
        beside: the encoders that it is compared with: images that it or one of them was tuned on
            take no part.
        derived: where vectors of texts are kept; None keeps none.

    Raises:
        WinnowError: fewer than two images have captions.
        Cancelled: asked to stop.
    """
    report = report or Report()
    there = [(image_id, text) for image_id, text in captions if image_id in pool.rows]
    new = unseen(there, {encoder.spec, *beside})
    pairs = [(pool.rows[image_id], text) for image_id, text in new]
    used, image_of_text = np.unique([row for row, _ in pairs], return_inverse=True)
    if len(used) < 2 and len(new) < len(there):
        raise WinnowError(
            f"The {len(there):,} captions belong to images that an encoder was tuned on: others "
            "are needed to say how good it is."
        )
    if len(used) < 2:
        held = "Only one image has" if len(used) else "No image has"
        raise WinnowError(f"{held} captions: it takes two at least, to tell them apart.")
    texts = embedded(encoder, [text for _, text in pairs], report, derived)
    vectors = pool.some(used)
    if encoder.centre_scores:
        vectors -= zeroshot.centre(pool.blocks(), encoder.reference_mean)
    figures = retrieval(vectors, texts, image_of_text, report)
    unknown += len(captions) - len(there)
    learned = len(there) - len(new)
    return CaptionScores(encoder.spec, len(used), len(pairs), unknown, figures, learned)


def measured(
    snapshot: Snapshot, record: EncoderRecord, beside: Sequence[EncoderRecord] = ()
) -> CaptionScores | None:
    """The metrics of one of the workspace's encoders on its present captions, if measured.

    Args:
        beside: those that it is compared with; see `evaluate_retrieval`.
    """
    version = pool_version(replace(snapshot.workspace, encoder=record))
    name = _name(snapshot, version, (record, *beside))
    return snapshot.derived.recalled(name, CaptionScores.from_json)


def measure(
    snapshot: Snapshot,
    records: Sequence[EncoderRecord],
    load: Callable[[str, Report], Encoder],
    report: Report,
    beside: Sequence[EncoderRecord] = (),
) -> None:
    """Measure encoders on the workspace's captions and keep the figures in its cache.

    Args:
        records: encoders with vectors here, see ``Workspace.encoders``.
        load: gives the encoder of a spec.
        beside: those that they are compared with; see `evaluate_retrieval`.

    Raises:
        WinnowError: too few captions, or an encoder cannot be loaded or is another one now.
        Cancelled: asked to stop; what was measured is kept.
    """
    captions = [(i, text) for i, texts in snapshot.captions.items() for text in texts]
    for record in records:
        pool = pool_of(snapshot, record)
        name = _name(
            snapshot, pool.version, (record, *beside)
        )  # before the work: captions that change are late
        encoder = loaded(record, load, report)
        report.step(f"Measuring {record.spec}")
        others = [other.spec for other in beside]
        scores = evaluate_retrieval(
            pool, encoder, captions, report=report, beside=others, derived=snapshot.derived
        )
        snapshot.derived.write(name, scores.as_json())


def pool_of(snapshot: Snapshot, record: EncoderRecord) -> Pool:
    """The images with the vectors of one of the workspace's encoders."""
    active = record == snapshot.workspace.encoder
    return snapshot.pool if active else load_pool(replace(snapshot.workspace, encoder=record))


def loaded(
    record: EncoderRecord, load: Callable[[str, Report], Encoder], report: Report
) -> Encoder:
    """The encoder of a record; WinnowError where its weights have changed since."""
    encoder = load(record.spec, report)
    if encoder.identity != record.identity:
        raise WinnowError(
            f"The weights of {record.spec} have changed since the images were embedded: embed "
            "them again on the Data page."
        )
    return encoder


def _name(snapshot: Snapshot, version: str, compared: Sequence[EncoderRecord]) -> str:
    """The figures' name in the disk cache, from the version of the pool, the captions' file and
    the tuned ones of the encoders that are compared."""
    tuned = sorted({own.identity for own in compared if own.spec.startswith(PREFIX)})
    return f"retrieval/{digest(version, file_mark(snapshot.workspace.captions), *tuned)}.json"


def embedded(
    encoder: Encoder, texts: Sequence[str], report: Report, derived: Derived | None
) -> np.ndarray:
    """Vectors (M, D) of texts; equal texts are embedded once, so that they score the same.

    Args:
        derived: where vectors of texts are kept; None keeps none.
    """
    distinct = list(dict.fromkeys(texts))
    if derived is not None:
        vectors = np.nan_to_num(text_vectors(derived, encoder, distinct, report))
    else:
        vectors = encode_many(encoder, distinct, report, "Embedding captions")
    row = {text: number for number, text in enumerate(distinct)}
    return vectors[[row[text] for text in texts]]
