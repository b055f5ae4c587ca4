"""Configurations that ask for too much, for nonsense, or for something to be fetched or run."""

from __future__ import annotations

import json
import resource
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from encoders.conftest import sentence
from hypothesis import given, settings
from hypothesis import strategies as st

from core.encoders.openclip import limits
from core.encoders.registry import load_encoder
from core.runtime.errors import WinnowError


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def warm(tiny: Path) -> None:
    """Whatever memory a first load takes is taken."""
    load_encoder(f"local:{tiny}", "cpu")


def changed(tiny: Path, folder: Path, *path: str, value: Any) -> Path:
    """A copy of the tiny model with one setting changed."""
    shutil.copytree(tiny, folder, dirs_exist_ok=True)
    file = folder / "open_clip_config.json"
    content = json.loads(file.read_text("utf-8"))
    group = content
    for key in path[:-1]:
        group = group[key]
    group[path[-1]] = value
    file.write_text(json.dumps(content), "utf-8")
    return folder


VISION, TEXT, PIXELS = ("model_cfg", "vision_cfg"), ("model_cfg", "text_cfg"), ("preprocess_cfg",)
OUT_OF_BOUNDS: list[tuple[tuple[str, ...], Any]] = [
    (("model_cfg", "embed_dim"), 10**9),
    (("model_cfg", "embed_dim"), 10**18),
    (("model_cfg", "embed_dim"), 0),
    (("model_cfg", "embed_dim"), -5),
    (("model_cfg", "embed_dim"), "32"),
    (("model_cfg", "embed_dim"), 32.5),
    (("model_cfg", "embed_dim"), True),
    (("model_cfg", "embed_dim"), None),
    (("model_cfg", "embed_dim"), float("nan")),
    (("model_cfg", "vision_cfg"), []),
    (("model_cfg", "text_cfg"), "a tower"),
    (("model_cfg", "multimodal_cfg"), 3),
    (("model_cfg", "init_logit_scale"), float("inf")),
    ((*VISION, "layers"), 10**6),
    ((*VISION, "layers"), 0),
    ((*VISION, "layers"), [1, 10**6, 1, 1]),
    ((*VISION, "width"), 10**9),
    ((*VISION, "width"), 0),
    ((*VISION, "image_size"), 10**5),
    ((*VISION, "image_size"), [48, 10**6]),
    ((*VISION, "image_size"), [48]),
    ((*VISION, "image_size"), 0),
    ((*VISION, "image_size"), "48"),
    ((*VISION, "patch_size"), 0),
    ((*VISION, "patch_size"), -16),
    ((*VISION, "head_width"), 0),
    ((*VISION, "mlp_ratio"), 1e12),
    ((*VISION, "pool_type"), "none"),
    ((*VISION, "output_tokens"), True),
    ((*VISION, "timm_model_name"), "hf-hub:somebody/something"),
    ((*VISION, "timm_model_name"), "local-dir:/tmp"),
    ((*VISION, "timm_model_name"), "no_such_tower"),
    ((*VISION, "timm_model_name"), 7),
    ((*TEXT, "layers"), 10**6),
    ((*TEXT, "context_length"), 10**7),
    ((*TEXT, "context_length"), 0),
    ((*TEXT, "vocab_size"), 10**11),
    ((*TEXT, "vocab_size"), 100),
    ((*TEXT, "heads"), 0),
    ((*TEXT, "heads"), 7),
    ((*TEXT, "tokenizer_kwargs"), [1]),
    ((*TEXT, "tokenizer_kwargs"), {"nonsense": 1}),
    ((*TEXT, "hf_tokenizer_name"), 5),
    ((*TEXT, "hf_tokenizer_name"), "../../etc"),
    ((*TEXT, "hf_tokenizer_name"), "http://example.org/x"),
    ((*TEXT, "hf_model_name"), ["a"]),
    ((*TEXT, "hf_model_name"), "/etc"),
    ((*TEXT, "hf_model_name"), "roberta-base"),
    ((*PIXELS, "mean"), [0.5, 0.5]),
    ((*PIXELS, "mean"), "grey"),
    ((*PIXELS, "mean"), [0.5, 0.5, None]),
    ((*PIXELS, "std"), [0.2, 0.0, 0.2]),
    ((*PIXELS, "std"), [0.2, float("inf"), 0.2]),
    ((*PIXELS, "interpolation"), "nonsense"),
    ((*PIXELS, "resize_mode"), "nonsense"),
    (("preprocess_cfg",), [1, 2]),
]


@pytest.mark.parametrize(("path", "value"), OUT_OF_BOUNDS, ids=lambda part: str(part)[:40])
def test_out_of_bounds_is_one_sentence_and_little_memory(
    warm: None, tiny: Path, tmp_path: Path, path: tuple[str, ...], value: Any, no_network: None
) -> None:
    folder = changed(tiny, tmp_path / "model", *path, value=value)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    text = sentence(f"local:{folder}")
    assert str(folder) in text or "checkpoint" in text
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KB


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
        max_leaves=9,
    ),
    st.sampled_from(["embed_dim", "vision_cfg", "text_cfg", "multimodal_cfg", "quick_gelu"]),
)
@settings(max_examples=300, deadline=None)
def test_anything_is_passed_or_refused_in_one_sentence(value: Any, part: str) -> None:
    config: dict[str, Any] = {"embed_dim": 8, "vision_cfg": {}, "text_cfg": {}} | {part: value}
    try:
        limits.check_config(config, "config.json")
    except WinnowError as error:
        assert str(error).startswith("config.json describes no model")


def test_settings_nested_without_end(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny, tmp_path, dirs_exist_ok=True)
    for content in ("[" * 100_000, '{"model_cfg":' * 5_000 + "1" + "}" * 5_000):
        (tmp_path / "open_clip_config.json").write_text(content, "utf-8")
        assert str(tmp_path) in sentence(f"local:{tmp_path}")


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"model_type": "roberta", "auto_map": {"AutoModel": "evil.Model"}}, "auto_map"),
        ({"model_type": "roberta", "quantization_config": {"bits": 4}}, "quantization_config"),
        ({"model_type": "roberta", "attn_implementation": "evil/kernel"}, "attn_implementation"),
        ({"model_type": "roberta", "_attn_implementation": "evil/kernel"}, "_attn_implementation"),
        ({"model_type": "roberta", "num_hidden_layers": 10**6}, "num_hidden_layers"),
        ({"model_type": "roberta", "hidden_size": 10**12}, "hidden_size"),
        ({"model_type": "roberta", "hidden_size": 768_000}, "does not fit"),
        ({"model_type": "llama"}, "model_type"),
        ({}, "model_type"),
        ([1], "model_type"),
    ],
)
def test_text_models_that_are_none_or_run_code(
    tiny: Path, tmp_path: Path, config: object, reason: str, no_network: None
) -> None:
    folder = changed(tiny, tmp_path / "m", *TEXT, "hf_model_name", value="roberta-base")
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    assert reason in sentence(f"local:{folder}")
