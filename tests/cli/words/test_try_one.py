"""``winnow try``: one picture and its words, by a collection and by a model file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli.outcomes import Winnow
from PIL import Image, ImageOps

from core.store.csv_tables import read_labels
from core.store.workspace import load

KEYS = {"class", "probabilities", "image_only", "text_only", "why"}


@pytest.fixture
def other(sample: Path, tmp_path: Path) -> Path:
    """A picture that is not of the collection."""
    path = tmp_path / "mirror.png"
    ImageOps.mirror(Image.open(next((sample / "images").rglob("*.jpg"))).convert("RGB")).save(path)
    return path


def test_by_a_collection_with_words_and_without(
    winnow: Winnow, sample: Path, embedded: Path, other: Path, tmp_path: Path
) -> None:
    truth = read_labels(sample / "truth.csv")
    names = sorted(set(truth.values()))
    titles = tmp_path / "titles.csv"
    titles.write_text("\n".join(["path,title", *(f"{p},a {name}" for p, name in truth.items())]))
    own = tmp_path / "workspace"
    shutil.copytree(embedded, own)
    shared = ("--workspace", own, "--json")
    winnow("metadata", "import", sample, titles, *shared)
    shared = ("try", other, sample, *shared)
    silent = winnow(*shared, "--text", "anything").json
    assert set(silent) >= KEYS and silent["text_only"] is None
    assert "no column speaks" in silent["note"] and silent["in_collection"] is None
    told = winnow(*shared, "--words", "{title}", "--text", f"a {names[-1]}").json
    assert told["note"] is None and told["text_only"]["class"] == names[-1]
    assert told["probabilities"] != silent["probabilities"]
    assert sum(told["probabilities"].values()) == pytest.approx(1, abs=1e-4)
    assert next(iter(told["probabilities"])) == told["class"]
    assert told["image_only"]["probabilities"] == pytest.approx(silent["probabilities"], abs=1e-6)
    text = winnow("try", other, sample, "--workspace", own).out
    assert text.startswith("Class: ") and "Nearest prompts: " in text


def test_classes_can_come_from_a_file(
    winnow: Winnow, sample: Path, embedded: Path, other: Path, tmp_path: Path
) -> None:
    file = tmp_path / "prompts.yaml"
    file.write_text("classes:\n  by day: [a bright photo]\n  by night: [a dark photo]\n")
    told = winnow("try", other, sample, "--workspace", embedded, "--prompts", file, "--json").json
    assert set(told["probabilities"]) == {"by day", "by night"}


def test_tags_of_the_collection_come_along(
    winnow: Winnow, sample: Path, embedded: Path, other: Path, tmp_path: Path
) -> None:
    own = tmp_path / "workspace"
    shutil.copytree(embedded, own)
    assert winnow("try", other, sample, "--workspace", own, "--json").json["tags"] == {}
    file = load(own).vocabulary
    shutil.copy2(sample / "prompts.yaml", file)
    file.write_text(f"{file.read_text()}\ntags:\n  outdoors: a photo taken outdoors\n")
    tags = winnow("try", other, sample, "--workspace", own, "--json").json["tags"]
    assert set(tags["outdoors"]) == {"confidence", "band"}
    assert "Tags: outdoors " in winnow("try", other, sample, "--workspace", own).out


def test_by_a_model_file(
    winnow: Winnow, sample: Path, embedded: Path, other: Path, tmp_path: Path
) -> None:
    file, own = tmp_path / "all.winnow", tmp_path / "own"
    shutil.copytree(embedded, own)  # what is made of a question stands in its list of runs
    made = winnow("model", "export", sample, file, "--workspace", own, "--json")
    assert made.code == 0, made.err
    told = winnow("try", other, "--with", file, "--text", "a ship", "--json").json
    assert set(told) >= KEYS and "pictures alone" in told["note"]
    assert told["image_only"]["probabilities"] == told["probabilities"]


def test_what_cannot_be_tried_is_one_sentence(
    winnow: Winnow, sample: Path, embedded: Path, other: Path, tmp_path: Path
) -> None:
    for arguments, sentence in (
        ((other,), "either the folder of a collection or a model file"),
        ((other, sample, "--with", other), "either the folder of a collection or a model file"),
        ((other, "--with", other, "--prompts", other), "has classes of its own"),
        ((tmp_path / "gone.jpg", sample, "--workspace", embedded), "There is no picture"),
        ((tmp_path, sample, "--workspace", embedded), "There is no picture"),
    ):
        outcome = winnow("try", *arguments)
        assert outcome.code == 2 and sentence in outcome.err
