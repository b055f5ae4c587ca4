"""Half precision and activations that are computed again change nothing but time and memory."""

from __future__ import annotations

from pathlib import Path

import banded
import numpy as np
import pytest
import torch
from encoders.conftest import save_tiny

from core.encoders.openclip.family import OpenClipFamily
from core.encoders.tuned.lora import LoraTowers
from core.learn.tuning.agreement import disagreement
from core.learn.tuning.towers import Interim, Part, Settings, train_towers
from core.runtime.progress import Report

COUNT = 96


class Forgetful:
    """A keeper that keeps nothing."""

    def load(self) -> Interim | None:
        return None

    def save(self, interim: Interim) -> None:
        pass


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_tiny(folder)
    return folder


def towers(model: Path, half: bool) -> LoraTowers:
    family, report = OpenClipFamily(), Report()
    source = family.parse(f"local:{model}")
    assert source is not None
    pixels, words = banded.described(COUNT)
    return LoraTowers(family.artifacts(source, report), "cpu", pixels, words, 0, half)


def gradients(own: LoraTowers) -> tuple[float, dict[str, torch.Tensor], list[str]]:
    """The loss of a batch, what it says of each parameter, and blocks run on the way back."""
    rows, ran = np.arange(32), []
    blocks = [m for m in own._model.modules() if type(m).__name__ == "ResidualAttentionBlock"]
    hooks = [
        block.register_forward_pre_hook(lambda *_, n=n: ran.append(str(n)))
        for n, block in enumerate(blocks)
    ]
    with torch.no_grad():
        for name, value in own.parameters.items():  # B starts at zero, and A without a gradient
            if ".lora_B." in name:
                value.fill_(0.02)
    scores = own.scale * own.images(rows) @ own.texts(rows).T
    loss = disagreement(scores, torch.arange(32), torch.arange(32))
    ran.clear()
    loss.backward()
    for hook in hooks:
        hook.remove()
    assert all(value.dtype == torch.float32 for value in own.parameters.values())
    found = {name: value.grad.clone() for name, value in own.parameters.items()}
    return float(loss.detach()), found, ran


def test_what_is_computed_again_is_the_same(model: Path) -> None:
    own = towers(model, half=False)
    loss, found, again = gradients(own)
    assert len(set(again)) == 4  # every block of both towers
    for value in own.parameters.values():
        value.grad = None
    own._model.set_grad_checkpointing(False)
    plain_loss, plain, never = gradients(own)
    assert not never
    assert loss == pytest.approx(plain_loss, rel=1e-6)
    for name, gradient in plain.items():
        assert torch.allclose(found[name], gradient, rtol=1e-4, atol=1e-7), name


def test_half_precision_learns_as_full_precision_does(model: Path) -> None:
    full, half = gradients(towers(model, half=False)), gradients(towers(model, half=True))
    assert half[2]  # together with computing again
    assert half[0] == pytest.approx(full[0], rel=0.02)
    exact, near = (torch.cat([g.ravel() for g in each[1].values()]) for each in (full, half))
    assert float(torch.nn.functional.cosine_similarity(exact, near, dim=0)) > 0.98
    rows = np.arange(COUNT)
    learn, look = (Part(own, own, own) for own in (rows[:72], rows[72:]))
    curves = []
    for own in (False, True):
        learned = train_towers(
            towers(model, half=own), learn, look, Forgetful(), 0, Settings(passes=4), Report()
        )
        curves.append([look["loss"] for look in learned.history[1:]])
    assert np.allclose(curves[0], curves[1], rtol=0.05)
    assert all(curve[-1] < curve[0] for curve in curves)
