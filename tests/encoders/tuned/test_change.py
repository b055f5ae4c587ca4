"""A change of layers: added as the formula says, read back as written, refused where it is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.encoders.openclip.family import OpenClipFamily
from core.encoders.registry import load_encoder
from core.encoders.tuned import files
from core.encoders.tuned.change import Change, of_tensors
from core.encoders.tuned.files import Header
from core.encoders.tuned.lora import LoraTowers
from core.runtime.errors import WinnowError
from core.runtime.progress import Report


def change(out: int = 5) -> Change:
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 4)), random.normal(size=(out, 2))
    return Change({"0": (a.astype(np.float32), b.astype(np.float32))}, 2.0)


def test_it_is_added_to_the_weights() -> None:
    own = change()
    a, b = own.layers["0"]
    for share in (1.0, 0.5):
        model = torch.nn.Sequential(torch.nn.Linear(4, 5))
        before = model[0].weight.detach().numpy().copy()
        own.weaker(share).apply(model)
        expected = before + 2.0 * share * b @ a
        assert np.allclose(model[0].weight.detach().numpy(), expected, atol=1e-6)
    for name, out in (("0", 6), ("1", 5)):
        with pytest.raises(WinnowError, match="does not fit the model"):
            Change({name: change(out).layers["0"]}, 1.0).apply(
                torch.nn.Sequential(torch.nn.Linear(4, 5))
            )


def test_it_is_read_back_and_nonsense_is_not() -> None:
    tensors = change().tensors()
    again = of_tensors(tensors)
    assert again.scale == 2.0
    assert all(
        np.array_equal(x, y) for x, y in zip(again.layers["0"], change().layers["0"], strict=True)
    )
    for name in tensors:
        for wrong in (np.full_like(tensors[name], np.nan), np.zeros((0, 7), np.float32), None):
            changed = {key: value for key, value in tensors.items() if key != name}
            changed |= {} if wrong is None else {name: wrong}
            with pytest.raises((ValueError, KeyError)):
                of_tensors(changed)


def test_towers_start_as_the_base_and_agree_with_what_is_loaded(tiny: Path) -> None:
    spec, family = f"local:{tiny}", OpenClipFamily()
    source, base = family.parse(spec), load_encoder(spec, "cpu")
    assert source is not None
    pixels = np.random.default_rng(0).integers(0, 256, (6, 48, 48, 3), dtype=np.uint8)
    words = ["a cat", "a dog", "two cats"]
    towers = LoraTowers(family.artifacts(source, Report()), "cpu", pixels, words, 0)
    rows, spoken = np.arange(6), np.arange(3)
    assert np.allclose(towers.images(rows).detach(), base.encode_images(pixels), atol=1e-5)
    assert np.allclose(towers.texts(spoken).detach(), base.encode_texts(words), atol=1e-5)
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for value in towers.parameters.values():
            value.copy_(0.05 * torch.randn(value.shape, generator=random))
    learned = towers.change({n: p.detach().clone() for n, p in towers.parameters.items()})
    assert {".".join(name.split(".")[-2:]) for name in learned.layers} == {
        "mlp.c_fc", "mlp.c_proj",
    }  # fmt: skip
    header = Header(files.path_of("deep"), spec, base.identity, base.title, base.dim, 48, lora=True)
    files.save(learned, header)
    loaded = load_encoder("tuned:deep", "cpu")
    made = towers.images(rows).detach().numpy()
    assert np.allclose(made, loaded.encode_images(pixels), atol=1e-5)
    assert not np.allclose(made, base.encode_images(pixels), atol=1e-2)
    assert np.allclose(towers.texts(spoken).detach(), loaded.encode_texts(words), atol=1e-5)
    elsewhere = Header(header.path, spec, "another", base.title, base.dim, 48, lora=True)
    files.save(learned, elsewhere)
    with pytest.raises(WinnowError, match="was tuned on other weights"):
        load_encoder("tuned:deep", "cpu")
    starter = Header(header.path, "starter", "starter-0", "Starter", 4, 48, lora=True)
    files.save(learned, starter)
    with pytest.raises(WinnowError, match="cannot be changed"):
        load_encoder("tuned:deep", "cpu")
    files.remove("deep")
