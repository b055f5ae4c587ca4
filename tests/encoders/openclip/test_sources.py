"""What is missing at a place where a model should be is said in one sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from encoders.conftest import sentence


def test_missing_folder(tmp_path: Path) -> None:
    text = sentence(f"local:{tmp_path / 'nowhere'}")
    assert "does not exist" in text
    assert str(tmp_path / "nowhere") in text


def test_folder_without_configuration(tmp_path: Path) -> None:
    assert "holds no open_clip_config.json" in sentence(f"local:{tmp_path}")


def test_folder_without_weights(tiny: Path, tmp_path: Path) -> None:
    shutil.copy(tiny / "open_clip_config.json", tmp_path)
    text = sentence(f"local:{tmp_path}")
    assert "holds no weights" in text
    assert "open_clip_model.safetensors" in text


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{not json", "not valid JSON"),
        ("[]", "needs model_cfg"),
        ('{"model_cfg": {"embed_dim": 3}}', "needs model_cfg"),
        (
            '{"model_cfg": {"embed_dim": 8, "vision_cfg": {"nonsense": 1}, "text_cfg": {}}}',
            "does not describe a model",
        ),
    ],
)
def test_damaged_configuration(tiny: Path, tmp_path: Path, content: str, problem: str) -> None:
    shutil.copytree(tiny, tmp_path, dirs_exist_ok=True)
    (tmp_path / "open_clip_config.json").write_text(content, "utf-8")
    assert problem in sentence(f"local:{tmp_path}")


def test_missing_checkpoint(tiny_name: str, tmp_path: Path) -> None:
    assert "does not exist" in sentence(f"{tiny_name}@{tmp_path / 'no.pt'}")


def test_unknown_kind_of_checkpoint(tiny_name: str, tmp_path: Path) -> None:
    (tmp_path / "weights.npz").write_bytes(b"x")
    assert "known endings" in sentence(f"{tiny_name}@{tmp_path / 'weights.npz'}")


def test_checkpoint_of_an_unknown_architecture(tiny: Path) -> None:
    text = sentence(f"ViT-B-33@{tiny / 'open_clip_model.safetensors'}")
    assert '"ViT-B-33" is not known' in text
    assert "ViT-B-32" in text
