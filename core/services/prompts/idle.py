"""Prompts that take nothing: no image is nearer to them than to every other class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.project.snapshot import Snapshot
from core.services.predict.zero_shot import zero_shot

_TOGETHER = 64  # prompts that are scored at once, so that 60,000 images take 16 MB


@dataclass(frozen=True)
class IdlePrompt:
    """A prompt that would take no image if it were the only one of its class."""

    name: str
    prompt: str


def idle_prompts(snapshot: Snapshot) -> list[IdlePrompt]:
    """The prompts that take nothing, in the order of the classes.

    Only of classes with several prompts: where there is one, the class itself is empty.

    Raises:
        WinnowError: the classes are not complete, or the encoder is not the one of the vectors.
    """
    scores = zero_shot(snapshot).scores
    pairs = [
        (number, prompt)
        for number, (_, prompts) in enumerate(snapshot.classes.classes)
        if len(prompts) > 1
        for prompt in prompts
    ]
    order = np.partition(scores, -2, axis=1)[:, -2:] if scores.shape[1] > 1 else scores
    best, second = order[:, -1], order[:, 0]
    winner = scores.argmax(axis=1)
    idle = []
    for start in range(0, len(pairs), _TOGETHER):
        part = pairs[start : start + _TOGETHER]
        single = snapshot.text_scores([prompt for _, prompt in part])
        for column, (number, prompt) in enumerate(part):
            rival = np.where(winner == number, second, best)
            if scores.shape[1] > 1 and not (single[:, column] >= rival).any():
                idle.append(IdlePrompt(snapshot.names[number], prompt))
    return idle
