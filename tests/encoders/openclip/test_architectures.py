"""One small random member of every family that open_clip lists encodes as open_clip itself does.

`benchmarks/architectures.py` does the same for every listed name.
"""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from encoders.conftest import sentence

from core.encoders import torchvision_compat

torchvision_compat.prepare()

import open_clip  # noqa: E402
from encoders.shrunk import save, small_towers  # noqa: E402
from encoders.sides import cosines  # noqa: E402

FAMILIES = [
    "RN50-quickgelu",  # a residual network with attention pooling
    "ViT-B-32",  # the class token
    "ViT-H-14-CLIPA",  # mean of patches, norm after pooling, last token, no causal mask
    "ViT-H-14-worldwide",  # the token that ends a text, many languages
    "coca_ViT-B-32",  # attentional pooling, a mask a text
    "coca_roberta-ViT-B-32",  # a transformers text tower that gives its tokens, too
    "roberta-ViT-B-32",
    "xlm-roberta-base-ViT-B-32",
    "mt5-base-ViT-B-32",
    "nllb-clip-base-siglip",  # an encoder of a translator beside timm's SigLIP
    "ViT-B-16-SigLIP",  # map pooling, no projection of images
    "ViT-SO400M-14-SigLIP2",
    "EVA01-g-14",
    "EVA02-B-16",  # rotary positions
    "PE-Core-B-16",
    "ViTamin-S",
    "MobileCLIP-B",  # convolutions before a transformer
    "MobileCLIP-S1",
    "MobileCLIP2-S3",
    "MobileCLIP2-L-14",  # timm's plain transformer
    "convnext_large_d",  # a projection of two layers
    "swin_base_patch4_window7_224",
    "vit_medium_patch16_gap_256",
    "vit_relpos_medium_patch16_cls_224",
]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize("name", FAMILIES)
def test_encodes_as_open_clip_does(name: str, tmp_path: Path, no_network: None) -> None:
    with small_towers():
        save(name, tmp_path / name)
        images, texts = cosines(tmp_path / name)
    assert images >= 0.9999
    assert texts >= 0.9999


def test_every_listed_architecture_is_of_a_family_above() -> None:
    """By its towers' kinds, so that a new kind of open_clip's asks for a line."""
    kinds = {kind for name in FAMILIES for kind in _kind(name)}
    assert {kind for name in open_clip.list_models() for kind in _kind(name)} <= kinds


def _kind(name: str) -> list[str]:
    config = open_clip.get_model_config(name)
    vision, text = config["vision_cfg"], config["text_cfg"]
    own = "resnet" if isinstance(vision.get("layers"), list) else "transformer"
    tower = vision.get("timm_model_name", own).split("_")[0].rstrip("0123456789")
    words = text.get("hf_model_name", "own").rpartition("/")[2].partition("-")[0]
    return [f"images {tower}", f"texts {words}", f"pooling {text.get('pool_type')}"]


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("ViT-B-16-SigLIP2", "timm/ViT-B-16-SigLIP2"),
        ("ViT-H-14-CLIPA", "bert-base-uncased"),
        ("nllb-clip-base", "facebook/nllb-200-distilled-600M"),
    ],
)
def test_missing_text_files_are_named_and_never_fetched(
    name: str, files: str, tmp_path: Path, no_network: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "weights.safetensors").write_bytes(b"x" * 100)
    text = sentence(f"{name}@{tmp_path / 'weights.safetensors'}")
    assert files in text
    assert "tokenizer" in text
    assert str(tmp_path) in text
