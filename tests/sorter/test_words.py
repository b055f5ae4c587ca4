"""The part of a model file that reads words: read as it was written, or refused in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save
from sorter.making_one import DIM, NAMES, drawn_sorter, model, unit
from sorter.test_model_file import packed, unpacked

from core.learn.models.frame import Frame
from core.learn.words.model import Mix, Part, WordModel
from core.runtime.errors import WinnowError
from core.sorter.model_file import read, write
from core.sorter.schema import MixPart, WordsPart
from core.sorter.sorter import Sorter
from core.sorter.words import WordHead

COUNT, DIRECTIONS = len(NAMES), 4


def reading() -> Sorter:
    """The drawn sorter with two regressions on pictures and words."""
    bare, width = drawn_sorter(), DIM + DIRECTIONS + 1
    chance = np.random.default_rng(3)
    frame = Frame(
        chance.normal(size=DIM).astype(np.float32).astype(float),
        chance.normal(size=(DIM, DIRECTIONS)).astype(np.float32).astype(float),
    )
    parts = (
        Part(Mix(1.0, 1.0, "joint"), 0.75, model(5, width, COUNT, 1)),
        Part(Mix(1.0, 1.0, "words"), 0.25, model(5, width, COUNT, 2)),
    )
    content = WordsPart(
        template="{title}", kind="plain", score_temperature=0.2, scales=(0.5, 1.5),
        temperature=1.3, thresholds=[0.1, 0.2, 0.3], images=9, audit=4,
        parts=[MixPart(share=p.share, offsets=p.mix.offsets) for p in parts],
    )  # fmt: skip
    head = WordHead(
        unit((COUNT, DIM), 4), frame, 0.2, (0.5, 1.5), WordModel(parts, None), 1.3,
        np.array(content.thresholds, np.float32),
    )  # fmt: skip
    return replace(bare, content=bare.content.model_copy(update={"words": content}), words=head)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write(reading(), tmp_path / "a.winnow")
    return tmp_path / "a.winnow"


def test_what_is_read_is_what_was_written(written: Path) -> None:
    before, after = reading(), read(written)
    vectors, texts = unit((9_000, DIM), 9), unit((9_000, DIM), 10)
    assert before.words is not None and after.words is not None
    own = before.words.probabilities(before.head, vectors, texts)
    np.testing.assert_array_equal(after.words.probabilities(after.head, vectors, texts), own)
    np.testing.assert_allclose(own.sum(axis=1), 1, atol=1e-5)
    assert after.content.words == before.content.words
    assert (after.head.probabilities(vectors) == before.head.probabilities(vectors)).all()


def content(change: Callable[[dict[str, Any]], object]) -> Callable[[dict], dict]:
    """Change what model.json says of words."""

    def changed(members: dict[str, bytes]) -> dict[str, bytes]:
        document = json.loads(members["model.json"])
        change(document["words"])
        return members | {"model.json": json.dumps(document).encode()}

    return changed


def arrays(change: Callable[[dict[str, np.ndarray]], object]) -> Callable[[dict], dict]:
    """Change the numbers."""

    def changed(members: dict[str, bytes]) -> dict[str, bytes]:
        held = dict(load(members["weights.safetensors"]))
        change(held)
        return members | {"weights.safetensors": save(held)}

    return changed


def drop_part(members: dict[str, bytes]) -> dict[str, bytes]:
    document = json.loads(members["model.json"])
    del document["words"]
    return members | {"model.json": json.dumps(document).encode()}


TAMPERED = {
    "no part, but its numbers": drop_part,
    "shares": content(lambda w: w["parts"][0].update(share=0.5)),
    "no parts": content(lambda w: w.update(parts=[])),
    "unknown offsets": content(lambda w: w["parts"][0].update(offsets="sounds")),
    "a threshold less": content(lambda w: w["thresholds"].pop()),
    "no template": content(lambda w: w.update(template="")),
    "a negative scale": content(lambda w: w.update(scales=[-1, 1])),
    "another kind": content(lambda w: w.update(kind="prompts")),
    "something more": content(lambda w: w.update(code="import os")),
    "a regression less": arrays(lambda a: a.pop("words1.slopes")),
    "a frame of another width": arrays(lambda a: a.update({"words.turn": a["words.turn"][:, :2]})),
    "a frame of no width": arrays(lambda a: a.update({"words.turn": a["words.turn"][0]})),
    "many directions": arrays(
        lambda a: a.update({"words.turn": np.zeros((DIM, 2_000), np.float32)})
    ),
    "not finite": arrays(lambda a: a.update({"words.centre": a["words.centre"] * np.nan})),
    "prompts of no length": arrays(lambda a: a.update({"words.prompts": a["words.prompts"] * 0})),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_what_was_changed_is_refused(written: Path, tmp_path: Path, case: str) -> None:
    members = TAMPERED[case](unpacked(written))
    with pytest.raises(WinnowError) as error:
        read(packed(tmp_path / "changed.winnow", members, signed=True))
    assert "\n" not in str(error.value) and str(error.value).endswith(".")
