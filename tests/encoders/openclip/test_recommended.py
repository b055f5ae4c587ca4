"""The table of recommended models is true to open_clip's own tables."""

from __future__ import annotations

import pytest

from core.encoders import torchvision_compat
from core.encoders.openclip.recommended import RECOMMENDED, Recommended
from core.encoders.openclip.tables import architecture_config, hub_files, pretrained_config


@pytest.mark.parametrize("model", RECOMMENDED, ids=lambda model: model.spec)
def test_the_table_agrees_with_open_clip(model: Recommended) -> None:
    assert model.spec == f"{model.architecture}/{model.tag}"
    config = architecture_config(model.architecture)
    pretrained = pretrained_config(model.architecture, model.tag)
    assert config is not None
    assert pretrained is not None
    assert hub_files(pretrained)[0] == model.repo
    assert config["text_cfg"].get("hf_tokenizer_name") == model.tokenizer
    assert config["embed_dim"] == model.dim
    assert config["vision_cfg"]["image_size"] == model.resolution


@pytest.mark.parametrize("name", ["MobileCLIP2-S0", "ViT-B-32"])
def test_sizes_are_those_of_the_float32_parameters(name: str) -> None:
    torchvision_compat.prepare()
    import open_clip
    import torch

    listed = next(model for model in RECOMMENDED if model.architecture == name)
    with torch.device("meta"):
        model = open_clip.create_model(name, load_weights=False, device="meta")
    size = 4 * sum(parameter.numel() for parameter in model.parameters())
    assert listed.download_bytes == pytest.approx(size, rel=0.02)
