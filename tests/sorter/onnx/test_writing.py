"""A written graph: runs for every batch, says what it is, tells nothing of the machine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from encoders.conftest import save_tiny
from sorter.making_one import drawn_sorter, model, unit

from core.encoders.base import Encoder
from core.encoders.registry import load_encoder
from core.encoders.towers import ImageTower, tower_of
from core.runtime.errors import WinnowError
from core.sorter.head import Head
from core.sorter.onnx import checking, writing
from core.sorter.onnx.graph import SorterGraph

SIZE = (48, 48)


def head_of(kind: str, temperature: float = 1.2) -> Head:
    """A head of the tiny model's vectors: of prompts alone, or distilled."""
    trusts = 0 if kind == "prompts" else 1
    made = model(trusts, 32, 3)
    return Head(unit((3, 32), 1), np.zeros(32, np.float32), "none", 0.05, slice(None), made,
                temperature)  # fmt: skip


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_tiny(folder)
    return load_encoder(f"local:{folder}", "cpu")


@pytest.fixture(scope="module")
def tower(encoder: Encoder) -> ImageTower:
    return tower_of(encoder).image_tower()


@pytest.fixture(scope="module", params=["prompts", "distilled"])
def written(
    request: pytest.FixtureRequest, tower: ImageTower, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Head]:
    """A file of the tiny model with a head."""
    head = head_of(request.param)
    path = tmp_path_factory.mktemp("written") / "a.onnx"
    properties = writing.properties_of(drawn_sorter().content, SIZE, tower.preprocessing)
    writing.write(SorterGraph(tower.module, head), SIZE, properties, path)
    return path, head


def pictures(count: int, seed: int = 0) -> np.ndarray:
    """Pixels (count, H, W, 3) of soft pictures."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 4, 4, 3))
    return coarse.repeat(12, axis=1).repeat(12, axis=2).astype(np.uint8)


def test_it_says_what_winnow_says_in_every_batch(
    written: tuple[Path, Head], encoder: Encoder
) -> None:
    path, head = written
    for images in (1, 3, 30):
        checked = checking.check(path, head, encoder, pictures(images, images))
        assert checked.images == images
        assert checked.difference <= 1e-3 and checked.cosine >= 0.9999


def test_vectors_are_those_that_a_workspace_stores(
    written: tuple[Path, Head], encoder: Encoder
) -> None:
    made = checking.run(written[0], pictures(5))[1]
    assert np.array_equal(made, made.astype(np.float16).astype(np.float32))
    assert (made != encoder.encode_images(pictures(5)).astype(np.float16)).mean() < 0.05


def test_it_says_what_it_is(written: tuple[Path, Head]) -> None:
    made = onnx.load(written[0])
    properties = {entry.key: entry.value for entry in made.metadata_props}
    assert json.loads(properties["winnow.classes"]) == ["red", "green", "blue"]
    assert json.loads(properties["winnow.encoder"])["identity"] == "colours-1"
    pixels = json.loads(properties["winnow.preprocessing"])
    assert (pixels["height"], pixels["width"], pixels["interpolation"]) == (48, 48, "bilinear")
    assert "mean" not in pixels  # that is done in the graph; twice would be wrong
    (entry,) = made.graph.input
    shape = entry.type.tensor_type.shape.dim
    assert entry.name == "pixels" and shape[0].dim_param == "batch"
    assert [d.dim_value for d in shape[1:]] == [48, 48, 3]
    assert [output.name for output in made.graph.output] == ["probabilities", "vectors"]


def test_it_tells_nothing_of_the_machine_and_holds_no_texts(written: tuple[Path, Head]) -> None:
    content = written[0].read_bytes()
    assert str(Path(writing.__file__).parents[3]).encode() not in content
    assert b"stack_trace" not in content and b".py" not in content
    assert len(content) < 1_000_000  # the text tower alone has 1.6 million numbers


def test_another_head_is_refused(written: tuple[Path, Head], encoder: Encoder) -> None:
    other = replace(written[1], temperature=0.5)
    with pytest.raises(WinnowError, match=r"differ from Winnow's by up to 0\.\d+.*--onnx\.$"):
        checking.check(written[0], other, encoder, pictures(9))


def test_what_is_no_graph_is_refused_in_one_sentence(encoder: Encoder, tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(b"no graph")
    with pytest.raises(WinnowError, match=r"onnxruntime [\d.]+ cannot run it") as caught:
        checking.check(path, head_of("prompts"), encoder, pictures(1))
    assert "\n" not in str(caught.value)


def test_what_is_too_large_is_refused_before_it_is_traced(
    tower: ImageTower, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "LIMIT", 1000)
    with pytest.raises(WinnowError, match="use a smaller model"):
        writing.write(SorterGraph(tower.module, head_of("prompts")), SIZE, {}, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


class Moody(torch.nn.Module):
    """A tower that looks at the pixels before it decides what to do: no graph does."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        flat = pixels.float().flatten(1)[:, :32]
        return flat if flat.sum() > 5 else -flat


def test_a_tower_that_is_no_graph_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="cannot be written as ONNX") as caught:
        writing.write(SorterGraph(Moody(), head_of("prompts")), SIZE, {}, tmp_path / "a.onnx")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500
