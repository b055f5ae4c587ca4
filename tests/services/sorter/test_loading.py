"""The encoder of a model file: the same one, or one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from colours import ColourEncoder
from services.sorter.classify_colours import embedded, model_file

from core.encoders import registry
from core.runtime.errors import WinnowError
from core.services.sorter.loading import announced, check, load
from core.sorter.schema import Content


@pytest.fixture
def content(tmp_path: Path) -> Content:
    return model_file(*embedded(tmp_path / "p", tmp_path / "ws", 20), tmp_path / "a.winnow").content


def of(content: Content, spec: str, **more: Any) -> Content:
    """The same of another encoder."""
    encoder = content.encoder.model_copy(update={"spec": spec} | more)
    return content.model_copy(update={"encoder": encoder})


def test_the_same_encoder_passes(content: Content) -> None:
    notes: list[str] = []
    check(content, ColourEncoder(), notes.append)
    assert notes == []


def test_another_identity_is_refused(content: Content) -> None:
    with pytest.raises(WinnowError, match=r"colours-1.*colours-2"):
        check(content, ColourEncoder("colours-2"))


def test_pixels_that_are_prepared_otherwise_are_noted(content: Content) -> None:
    notes: list[str] = []
    check(of(content, "colours", preprocessing="0" * 64), ColourEncoder(), notes.append)
    assert len(notes) == 1 and "probabilities may differ" in notes[0]


def test_another_starter_is_refused_before_it_is_loaded(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "load_encoder", lambda *_: pytest.fail("it was loaded"))
    with pytest.raises(WinnowError, match="is another one here"):
        load(of(content, "starter"))


def test_a_folder_of_another_machine_says_how_to_name_it(content: Content, tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="name where it is with --model"):
        load(of(content, f"local:{tmp_path / 'nowhere'}"))


def test_an_unknown_name_says_how_to_name_it(content: Content) -> None:
    with pytest.raises(WinnowError, match=r"ViT-Nowhere.*--model"):
        load(of(content, "ViT-Nowhere/x"))


def test_a_download_is_announced_with_its_cost(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "is_cached", lambda spec: False)
    monkeypatch.setattr(registry, "download_size", lambda spec: 605_000_000)
    sentence = announced(of(content, "ViT-B-32/laion2b_s34b_b79k"))
    assert sentence is not None and "605.0 MB is downloaded" in sentence
    assert announced(of(content, "hf-hub:nothing")) is not None  # as the registry was told above


def test_what_is_here_costs_nothing(content: Content) -> None:
    assert announced(of(content, "starter")) is None
