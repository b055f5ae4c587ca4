"""The sorter in memory: a head with all that goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.learn.models.fused import Model
from core.sorter.head import Head
from core.sorter.schema import Content
from core.sorter.words import WordHead


@dataclass(frozen=True, eq=False)
class Exemplars:
    """Labeled images that give reasons: "it looks like these".

    Attributes:
        ids: (E,) content ids; paths: (E,) where they lay, relative to the collection's folder.
        vectors: (E, D) float16 unit norm.
        classes: (E,) int32 index of each image's class.
    """

    ids: list[str]
    paths: list[str]
    vectors: np.ndarray
    classes: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class Reference:
    """Some images of the collection, drawn evenly: what is known, to tell what is not.

    Attributes:
        vectors: (M, D) float16 unit norm.
        probabilities: (M, K) float32, each by a head that did not see the image, so that they
            compare with those of new images.
    """

    vectors: np.ndarray
    probabilities: np.ndarray

    def __len__(self) -> int:
        return len(self.vectors)


@dataclass(frozen=True, eq=False)
class Sorter:
    """What was learned of a collection.

    Attributes:
        content: all of it that is no array.
        head: scores images.
        directions: (T, D) float64 of the tags, in the order of ``content.tags``.
        tag_models: tag code → the model learned from its labels, of the columns no and yes.
        exemplars: labeled images; None where they were left out.
        reference: what the collection looks like.
        card: the model card, Markdown.
        words: scores images that come with words; None: pictures alone are judged.
    """

    content: Content
    head: Head
    directions: np.ndarray
    reference: Reference
    exemplars: Exemplars | None = None
    tag_models: Mapping[str, Model] = field(default_factory=dict)
    card: str = ""
    words: WordHead | None = None

    @property
    def names(self) -> list[str]:
        """(K,) names of the classes."""
        return self.content.names
