"""What is missing at a place where a model should be is said in one sentence."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest
from encoders.conftest import sentence

from core.encoders.registry import describe, is_cached, load_encoder


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


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache, and a network that nobody may ask."""
    from huggingface_hub import constants

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "empty cache"))
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize(
    ("part", "files"), [("hf_tokenizer_name", "tokenizer.json"), ("hf_model_name", "config.json")]
)
def test_a_local_model_is_never_completed_from_the_network(
    tiny: Path, tmp_path: Path, alone: None, part: str, files: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    path = folder / "open_clip_config.json"
    content = json.loads(path.read_text("utf-8"))
    content["model_cfg"]["text_cfg"][part] = "roberta-base"
    path.write_text(json.dumps(content), "utf-8")
    text = sentence(f"local:{folder}")
    assert files in text
    assert "roberta-base" in text
    assert str(folder) in text


def test_a_local_model_makes_no_request_at_all(tiny: Path, tiny_name: str, alone: None) -> None:
    for spec in (f"local:{tiny}", f"{tiny_name}@{tiny / 'open_clip_model.safetensors'}"):
        assert is_cached(spec)
        assert describe(spec) is not None
        assert load_encoder(spec, "cpu").encode_texts(["a cat"]).shape == (1, 32)


def test_offline_is_said_where_a_download_is_needed(
    alone: None, tiny_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    for spec in ("hf-hub:test/tiny", f"{tiny_name}/random"):
        assert "HF_HUB_OFFLINE" in sentence(spec)
        assert not is_cached(spec)
