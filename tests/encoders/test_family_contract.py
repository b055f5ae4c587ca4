"""What every family of encoders must keep, whoever made its models.

A new family adds one line to ``NAMES``: models of its own that load without a network.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from adapters import random_adapter
from encoders.conftest import sentence
from PIL import Image

from core.encoders import registry
from core.encoders.base import Encoder, unit_rows
from core.encoders.families import Family, ModelEntry
from core.encoders.registry import FAMILIES, describe, is_cached, known_identity, load_encoder
from core.encoders.tuned import files
from core.encoders.tuned.files import Header
from core.runtime.progress import Report


def tuned_on(folder: Path) -> str:
    """The name of an encoder on top of the tiny CLIP, with maps of random numbers."""
    base = load_encoder(f"local:{folder}", "cpu")
    random = np.random.default_rng(0)
    images = unit_rows(random.normal(size=(80, base.dim)))
    adapter = random_adapter(images)
    path = files.path_of("contract")
    header = Header(path, base.spec, base.identity, base.title, adapter.dim, 48, "MIT")
    files.save(adapter, header)
    return "tuned:contract"


NAMES: list[tuple[str, Callable[[Path, str], str]]] = [
    ("tuned", lambda folder, architecture: tuned_on(folder)),
    ("starter", lambda folder, architecture: "starter"),
    ("open_clip", lambda folder, architecture: f"local:{folder}"),
    (
        "open_clip",
        lambda folder, architecture: f"{architecture}@{folder / 'open_clip_model.safetensors'}",
    ),
]
"""A family and the name of a model of it, from the tiny CLIP's folder and its architecture."""

NONSENSE = ["", " ", "xyzzy", "!!!", "a/b/c", "@", "/", "starter/", "no such model", "\ud800", "\0"]
BY_FAMILY = {family.name: family for family in FAMILIES}
every_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@dataclass
class Model:
    """One model of a family, as the tests are handed it."""

    family: Family[Any]
    spec: str

    @property
    def source(self) -> Any:
        return self.family.parse(self.spec)


@pytest.fixture(params=NAMES, ids=lambda pair: pair[0])
def model(request: pytest.FixtureRequest, tiny: Path, tiny_name: str) -> Model:
    name, spec_of = request.param
    return Model(BY_FAMILY[name], spec_of(tiny, tiny_name))


@pytest.fixture
def encoder(model: Model) -> Encoder:
    return model.family.load(model.source, "cpu", Report())


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_every_family_is_tested_here() -> None:
    assert [family.name for family in FAMILIES] == list(dict.fromkeys(name for name, _ in NAMES))


@every_family
def test_it_says_how_its_models_are_written(family: Family[Any]) -> None:
    assert family.forms
    refusal = str(registry.unknown("qqqq/zzzz"))
    for form in family.forms:
        assert form in refusal
        assert family.parse(form.partition(" ")[0]) is not None


@every_family
@pytest.mark.parametrize("spec", NONSENSE)
def test_nonsense_is_of_no_family(family: Family[Any], spec: str) -> None:
    assert family.parse(spec.strip()) is None


@pytest.mark.parametrize("spec", NONSENSE)
def test_nonsense_is_refused_in_one_sentence(spec: str) -> None:
    assert f'"{spec.strip()}" is not known' in sentence(spec)
    assert describe(spec) is None
    assert known_identity(spec) is None
    with pytest.raises(registry.WinnowError):
        is_cached(spec)


@every_family
def test_names_close_to_nonsense_are_few_and_its_own(family: Family[Any]) -> None:
    for spec in [*NONSENSE, "ViT-B-32/openay"]:
        names = family.close_names(spec)
        assert len(names) <= 3
        assert all(family.parse(name) is not None for name in names)


@every_family
def test_what_it_lists_it_reads_and_describes_alike(family: Family[Any], no_network: None) -> None:
    entries = family.listed()
    assert [entry for entry in registry.list_models() if entry in entries] == entries
    for entry in entries:
        source = family.parse(entry.spec)
        assert source is not None
        assert family.describe(source) == describe(f" {entry.spec} ") == entry
        assert family.is_cached(source) == entry.cached
        assert family.size(source) == entry.download_bytes
        assert all((entry.title, entry.advice, entry.licence, entry.dim, entry.resolution))


def test_a_name_is_read_by_its_family_alone(model: Model) -> None:
    assert model.source == model.family.parse(model.spec)
    readers = [family for family in FAMILIES if family.parse(model.spec) is not None]
    assert readers == [model.family]


def test_what_it_describes_bears_the_name(model: Model, no_network: None) -> None:
    entry = model.family.describe(model.source)
    assert isinstance(entry, ModelEntry)
    assert entry == describe(f"  {model.spec} ")
    assert entry.spec == model.spec
    assert entry.cached
    assert entry.download_bytes == 0


def test_cached_is_known_without_a_request_and_without_the_folder(
    model: Model, no_network: None
) -> None:
    assert model.family.is_cached(model.source)
    assert is_cached(f" {model.spec} ")
    assert model.family.size(model.source) == 0


def test_it_loads_what_it_described(model: Model, encoder: Encoder, no_network: None) -> None:
    entry = model.family.describe(model.source)
    assert entry is not None
    assert encoder.spec == model.spec
    assert encoder.title
    assert encoder.device == "cpu"
    assert encoder.lanes >= 1
    assert entry.dim in (0, encoder.dim)
    pixels = encoder.preprocess(Image.new("RGB", (70, 50)))
    assert (pixels.dtype, pixels.ndim, pixels.shape[2]) == (np.uint8, 3, 3)
    assert entry.resolution in (0, max(pixels.shape[:2]))
    assert encoder.draft_px is None or encoder.draft_px >= min(pixels.shape[:2])
    assert len(range(encoder.dim)[encoder.looks]) > 0
    assert encoder.temperature is None or encoder.temperature > 0
    mean = encoder.reference_mean
    assert mean is None or (mean.shape, mean.dtype) == ((encoder.dim,), np.float32)
    assert mean is not None or not encoder.centre_scores


def test_vectors_have_unit_norm_and_the_stated_length(encoder: Encoder, pictures) -> None:
    images = encoder.encode_images(np.stack([encoder.preprocess(p) for p in pictures]))
    texts = encoder.encode_texts(["a cat", "", "👗", "word " * 3000, "\ud800"])
    for vectors, rows in ((images, len(pictures)), (texts, 5)):
        assert (vectors.shape, vectors.dtype) == ((rows, encoder.dim), np.float32)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_several_threads_may_encode_texts(encoder: Encoder) -> None:
    parts = [["a cat", "word " * (3 * n)] for n in range(8)]
    alone = [encoder.encode_texts(part) for part in parts]
    with ThreadPoolExecutor(4) as workers:
        together = list(workers.map(encoder.encode_texts, parts))
    for one, other in zip(alone, together, strict=True):
        assert np.allclose(one, other, atol=1e-6)


def test_of_nothing_there_are_no_vectors(encoder: Encoder) -> None:
    blank = encoder.preprocess(Image.new("RGB", (9, 9)))[None]
    assert encoder.encode_images(blank[:0]).shape == (0, encoder.dim)
    assert encoder.encode_texts([]).shape == (0, encoder.dim)


def test_identity_is_folder_safe_stable_and_true(model: Model, encoder: Encoder) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,80}", encoder.identity)
    assert load_encoder(f" {model.spec} ", "cpu").identity == encoder.identity
    assert model.family.known_identity(model.source) in (None, encoder.identity)
    assert known_identity(model.spec) == model.family.known_identity(model.source)


def test_loading_twice_gives_the_same_vectors(model: Model, encoder: Encoder, pictures) -> None:
    again = model.family.load(model.source, "cpu", Report())
    pixels = np.stack([encoder.preprocess(p) for p in pictures])
    assert np.array_equal(again.encode_images(pixels), encoder.encode_images(pixels))
    assert np.array_equal(again.encode_texts(["a cat"]), encoder.encode_texts(["a cat"]))


def test_an_unknown_device_is_refused_in_one_sentence(model: Model) -> None:
    assert "use auto, cpu or cuda" in sentence(model.spec, "gpu")
