"""What a model file says of one picture and its words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.models.softmax import softmax
from core.services.sorter.answering import Answer, Answering
from core.services.try_one.trial import plainly

UNHEARD = "Words do not count here: the model file judges pictures alone."


@dataclass(frozen=True, eq=False)
class FileTrial:
    """What comes of it.

    Attributes:
        answer: by picture and words.
        image_only: (K,) probabilities by the picture.
        text_only: (K,) by how near the words are to the prompts; None without any, or where words
            do not count.
        note: why words do not count, as a sentence; "" where they do, or there are none.
    """

    answer: Answer
    image_only: np.ndarray
    text_only: np.ndarray | None
    note: str


def answer(answering: Answering, vector: np.ndarray, text: str) -> FileTrial:
    """Judge a picture, by its vector (D,) of the file's encoder, with its words.

    Raises:
        WinnowError: the encoder makes no usable vector of the words.
    """
    text = plainly(text)
    if not text:
        alone = answering.answers(vector[None])[0]
        return FileTrial(alone, alone.probabilities, None, "")
    both, alone = answering.answers(np.stack([vector, vector]), (text, ""))
    note = "" if answering.template is not None else UNHEARD
    return FileTrial(both, alone.probabilities, _words(answering, text), note)


def _words(answering: Answering, text: str) -> np.ndarray | None:
    """(K,) probabilities by the words alone."""
    head = answering.sorter.words
    if head is None:
        return None
    scores = answering.text_vector(text)[None] @ head.prompts.T
    if answering.sorter.head.flat is not None:  # of a class without prompts words say nothing
        scores[:, -1] = scores[:, :-1].mean(axis=1)
    return softmax(scores / np.float32(head.score_temperature))[0]
