"""Retrieval metrics of a project's encoder on images with captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import WinnowError
from core.project import Project
from core.prompts import zeroshot
from core.search.retrieval import Retrieval, retrieval
from core.tasks import Report

_BATCH = 256


@dataclass(frozen=True)
class CaptionScores:
    """Retrieval metrics of one encoder.

    Attributes:
        model: the encoder's spec.
        images: distinct images that took part; the others of the folder are no candidates.
        captions: pairs of image and caption that took part.
        unknown: pairs whose path is no usable image of the folder.
    """

    model: str
    images: int
    captions: int
    unknown: int
    figures: Retrieval

    def as_json(self) -> dict[str, object]:
        counts = {"model": self.model, "images": self.images, "captions": self.captions}
        return counts | {"unknown_paths": self.unknown} | self.figures.as_json()


def evaluate_retrieval(
    project: Project, captions: Sequence[tuple[str, str]], report: Report | None = None
) -> CaptionScores:
    """How well the project's encoder matches images and captions.

    Args:
        captions: pairs of relative path and caption, see `core.search.captions`.

    Raises:
        WinnowError: no path is an image of the folder, or only one image has captions.
        Cancelled: asked to stop.
    """
    pool, encoder = project.pool(), project.encoder
    rows = pool.row_of_path()
    known = list(dict.fromkeys((rows[path], text) for path, text in captions if path in rows))
    if not known:
        raise WinnowError(
            f"None of the {len(captions)} paths of the captions is an image of "
            f"{project.workspace.images}: write paths relative to that folder."
        )
    used, image_of_text = np.unique([row for row, _ in known], return_inverse=True)
    if len(used) == 1:
        raise WinnowError("Only one image has captions: there is nothing to tell it from.")
    texts = _embedded(encoder, [text for _, text in known], report or Report())
    vectors = pool.vectors[used]
    if encoder.centre_scores:
        vectors = vectors - zeroshot.centre(pool.vectors, encoder.reference_mean)
    unknown = sum(path not in rows for path, _ in captions)
    figures = retrieval(vectors, texts, image_of_text)
    return CaptionScores(encoder.spec, len(used), len(known), unknown, figures)


def _embedded(encoder: zeroshot.TextEncoder, texts: Sequence[str], report: Report) -> np.ndarray:
    """Vectors (M, D) of texts; equal texts are embedded once, so that they score the same."""
    distinct = list(dict.fromkeys(texts))
    parts = []
    for start in range(0, len(distinct), _BATCH):
        report.step("Embedding captions", start, len(distinct))
        parts.append(encoder.encode_texts(distinct[start : start + _BATCH]))
    vectors = np.concatenate(parts)
    row = {text: number for number, text in enumerate(distinct)}
    return vectors[[row[text] for text in texts]]
