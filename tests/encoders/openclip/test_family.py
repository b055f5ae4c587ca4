"""How a name must look is said where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from encoders.conftest import sentence

from core.encoders.registry import describe, is_cached, known_identity
from core.runtime.errors import WinnowError

ODD = [
    "",
    "onlyname",
    "a/b/c",
    "/x",
    "x/",
    "../..",
    "a/..",
    "a..b/c",
    "a--b/c",
    "-a/b",
    "a/b.git",
    "a b/c",
    "a/b?x=1",
    "a/b@main",
    "ä/b",
    "a\nb/c",
    "a/b\x1b[31m",
    "a\\b/c",
    "\ud800/x",
    "a/" + "b" * 200,
    "https://huggingface.co/a/b",
]


@pytest.mark.parametrize("repo", ODD)
def test_malformed_hub_names(repo: str) -> None:
    spec = f"hf-hub:{repo}"
    text = sentence(spec)
    assert "hf-hub:ORG/NAME" in text
    assert text.isprintable()
    assert describe(spec) is None
    assert known_identity(spec) is None
    with pytest.raises(WinnowError):
        is_cached(spec)


@pytest.mark.parametrize(
    "architecture", ["local-dir:/tmp", "local-dir:", "hf-hub:", "..", "ViT-B-32 ", "\0"]
)
def test_an_architecture_is_a_name_and_no_place(architecture: str, tmp_path: Path) -> None:
    (tmp_path / "w.pt").write_bytes(b"x")
    assert "is not known" in sentence(f"{architecture}@{tmp_path / 'w.pt'}") or architecture == (
        "hf-hub:"
    )
    describe(f"{architecture}@{tmp_path / 'w.pt'}")
    describe(f"{architecture}/tag")
