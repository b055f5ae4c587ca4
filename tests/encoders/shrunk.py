"""open_clip's own architectures made small: the same parts in the same places, of fewer numbers.

Towers of timm and of transformers are shrunk too, so that a model takes a second and no network.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from unittest.mock import patch

from core.encoders import torchvision_compat

torchvision_compat.prepare()

import open_clip  # noqa: E402
import timm  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

WIDTH = 64
_VIT = {"depth": 2, "embed_dim": WIDTH, "num_heads": 4}
_TIMM: list[tuple[str, dict[str, Any]]] = [
    ("vitamin_", {"depth": 1}),
    ("vit_base_mci", {"depth": 2}),
    ("vit_", _VIT),
    ("eva", _VIT),
    ("convnext", {"depths": (1, 1, 1, 1), "dims": (8, 16, 32, WIDTH)}),
    ("swin", {"depths": (1, 1, 2, 1), "embed_dim": 16, "num_heads": (1, 2, 4, 8)}),
    ("fastvit_mci3", {"layers": (1,) * 5, "embed_dims": (16, 16, 32, 32, WIDTH)}),
    ("fastvit_mci4", {"layers": (1,) * 5, "embed_dims": (16, 16, 32, 32, WIDTH)}),
    ("fastvit", {"layers": (1,) * 4, "embed_dims": (16, 16, 32, WIDTH)}),
]
_TEXT = {  # by what the name of a text model holds: its kind, and how small it is
    "xlm-roberta": ("xlm-roberta", {"intermediate_size": 64}),
    "roberta": ("roberta", {"intermediate_size": 64}),
    "mt5": ("mt5", {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2}),
    "nllb": (
        "m2m_100",
        {
            "d_model": 32,
            "encoder_layers": 2,
            "decoder_layers": 1,
            "encoder_attention_heads": 2,
            "decoder_attention_heads": 2,
            "encoder_ffn_dim": 64,
            "decoder_ffn_dim": 64,
        },
    ),
}
_USUAL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
_WORDS = ["[PAD]", "[UNK]", "[EOS]", "[CLS]", "[SEP]", "a", "cat", "dog", "photo", "of", "two"]


def shrunk(name: str) -> dict[str, Any]:
    """The configuration of an architecture of open_clip's, shrunk."""
    config = deepcopy(open_clip.get_model_config(name))
    config["embed_dim"] = WIDTH
    vision, text = config["vision_cfg"], config["text_cfg"]
    for part in (text, config.get("multimodal_cfg")):
        if part is not None and "hf_model_name" not in part:
            part |= {"width": WIDTH, "heads": 4, "layers": 2}
    if "vocab_size" in text and text.get("hf_tokenizer_name"):
        text["vocab_size"] = 100
        text |= {"eos_id": 2} if text.get("pool_type") == "eos" else {}
    if "timm_model_name" in vision:
        return config
    if isinstance(vision["layers"], list):
        return config | {"vision_cfg": vision | {"layers": [1, 1, 1, 1], "width": 16}}
    size = 4 * (vision.get("patch_size") or 16)
    head = vision.get("head_width", 64)
    vision |= {"layers": 2, "width": 2 * head, "image_size": size}
    return config


@contextlib.contextmanager
def small_towers() -> Iterator[None]:
    """While this holds, timm builds its towers small."""
    create = timm.create_model

    def smaller(name: str, **options: Any) -> Any:
        fewer = next(fewer for start, fewer in _TIMM if name.startswith(start))
        return create(name, **options, **fewer)

    with patch.object(timm, "create_model", smaller):
        yield


def save(name: str, folder: Path) -> None:
    """Write configuration, random weights and what its texts need into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    config = shrunk(name)
    text = config["text_cfg"]
    if text.get("hf_tokenizer_name"):
        _save_tokenizer(folder, text)
    if text.get("hf_model_name"):
        _save_text_model(folder, text["hf_model_name"])
        text["hf_model_name"] = str(folder)
    content = {"model_cfg": config, "preprocess_cfg": {}}
    (folder / "open_clip_config.json").write_text(json.dumps(content), "utf-8")
    torch.manual_seed(0)
    spec = f"local-dir:{folder}"
    model = open_clip.create_model(spec, load_weights=False, pretrained_text=False)
    with torch.no_grad():  # nothing may stay at its initial zero or one, where errors would hide
        for parameter in model.parameters():
            if parameter.is_floating_point() and parameter.ndim:
                # open_clip leaves some of CoCa's decoder as the memory was.
                usual = torch.nan_to_num(parameter).clamp(-10, 10)
                parameter.copy_(usual + 0.05 * torch.randn_like(parameter))
    state = {key: tensor.clone().contiguous() for key, tensor in model.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")


def _save_tokenizer(folder: Path, text: dict[str, Any]) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    words = {word: number for number, word in enumerate(_WORDS)}
    tokenizer = Tokenizer(WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [EOS]", special_tokens=[("[CLS]", 3), ("[EOS]", 2)]
    )
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "eos_token": "[EOS]"}
    special |= {"cls_token": "[CLS]", "sep_token": "[SEP]", "bos_token": "[CLS]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)


def _save_text_model(folder: Path, name: str) -> None:
    from transformers import AutoConfig

    kind, fewer = next(of for part, of in _TEXT.items() if part in name)
    usual = _USUAL if "hidden_size" not in fewer and "d_model" not in fewer else {}
    tokens = {"vocab_size": 100, "pad_token_id": 0}
    AutoConfig.for_model(kind, **usual, **fewer, **tokens).save_pretrained(folder)
