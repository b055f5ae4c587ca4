"""The list of models is cheap to make, and every name is answered: by a family or a sentence."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from encoders.conftest import sentence

from core.encoders import registry
from core.encoders.registry import describe, download_size, is_cached, list_models

RECOMMENDED = [
    "MobileCLIP2-S0/dfndr2b",
    "ViT-B-32/laion2b_s34b_b79k",
    "ViT-B-16-SigLIP2/webli",
    "ViT-L-14/datacomp_xl_s13b_b90k",
    "ViT-H-14/laion2b_s32b_b79k",
]


def test_starter_first_then_the_recommended() -> None:
    models = list_models()
    assert [entry.spec for entry in models] == ["starter", *RECOMMENDED]
    assert models[0].cached
    assert models[0].download_bytes == 0
    for entry in models[1:]:
        assert not entry.cached  # the tests' home is empty
        assert entry.download_bytes
        assert all(asdict(entry)[key] for key in ("title", "advice", "licence", "dim"))


def test_listing_imports_no_torch_and_makes_no_request() -> None:
    program = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise SystemExit('asked the network')\n"
        "socket.socket.connect = refuse\n"
        "from core.encoders.registry import list_models, describe\n"
        "list_models(); describe('starter')\n"
        "print([m for m in ('torch', 'open_clip', 'transformers') if m in sys.modules])\n"
    )
    root = Path(registry.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_describing_other_models(hub, tiny: Path) -> None:
    other = describe("ViT-B-16/openai")
    assert other is not None
    assert (other.dim, other.resolution, other.cached) == (512, 224, False)
    local = describe(f"local:{tiny}")
    assert local is not None
    assert local.cached
    assert local.download_bytes == 0
    assert describe("no such model") is None
    assert describe("ViT-B-99/openai") is None


def test_a_model_with_a_tokenizer_of_its_own_is_cached_only_with_it(hub) -> None:
    """SigLIP2 without its vocabulary would ask the network."""
    from huggingface_hub import constants

    spec = "ViT-B-16-SigLIP2/webli"
    folder = Path(constants.HF_HUB_CACHE) / "models--timm--ViT-B-16-SigLIP2"
    snapshot = folder / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("a" * 40)
    (snapshot / "open_clip_model.safetensors").write_bytes(b"weights")
    assert not is_cached(spec)
    (snapshot / "tokenizer.json").write_bytes(b"{}")
    assert is_cached(spec)
    assert is_cached("starter")
    assert download_size("starter") == 0
    assert hub.requests == []


@pytest.mark.parametrize(
    ("spec", "suggested"),
    [
        ("ViT-B-32/laion2b_s34b_b79", "ViT-B-32/laion2b_s34b_b79k"),
        ("vit-b-32/openai", "ViT-B-32/openai"),
        ("ViT-B-32:laion2b_s34b_b79k", "ViT-B-32/laion2b_s34b_b79k"),
        ("ViT-L-14", "ViT-L-14/"),
        ("MobileCLIP2-S0/dfn2b", "MobileCLIP2-S0/dfndr2b"),
    ],
)
def test_unknown_names_are_answered_with_close_ones(spec: str, suggested: str) -> None:
    text = sentence(spec)
    assert f'"{spec}" is not known' in text
    assert suggested in text


@pytest.mark.parametrize("spec", ["", "xyzzy", "!!!", "a/b/c", "@", "/", "qqqq/zzzz"])
def test_names_like_nothing_are_answered_with_the_forms(spec: str) -> None:
    text = sentence(spec)
    assert "is not known" in text
    assert "winnow models" in text
    assert describe(spec) is None
