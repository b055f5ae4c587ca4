"""The file of a tuned encoder: read back as written, refused in a sentence where it is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from adapters import random_adapter

from core.encoders.base import unit_rows
from core.encoders.registry import known_identity, list_models, load_encoder
from core.encoders.tuned import files
from core.encoders.tuned.adapter import Adapter
from core.encoders.tuned.files import Header
from core.runtime.errors import WinnowError

D = 12


def adapter(seed: int = 0, weight: float = 0.75) -> Adapter:
    images = unit_rows(np.random.default_rng(seed).normal(size=(60, D)) + 2)
    return random_adapter(images, seed, weight)


def header(name: str = "mine") -> Header:
    dim = adapter().dim
    return Header(files.path_of(name), "starter", "starter-0", "Starter", dim, 224, "MIT")


def test_it_is_read_back_as_it_was_written() -> None:
    written = adapter()
    files.save(written, header())
    again = files.read_adapter(files.path_of("mine"))
    vectors = unit_rows(np.random.default_rng(1).normal(size=(9, D)))
    assert np.array_equal(again.images(vectors), written.images(vectors))
    assert np.array_equal(again.texts(vectors), written.texts(vectors))
    found = files.read_header(files.path_of("mine"))
    assert (found.name, found.base, found.dim, found.resolution) == (
        "mine",
        "starter",
        again.dim,
        224,
    )
    assert files.names() == ["mine"]
    before = known_identity("tuned:mine")
    files.save(adapter(seed=2), header())
    assert known_identity("tuned:mine") != before
    files.remove("mine")
    assert files.names() == []
    with pytest.raises(WinnowError, match="There is no tuned encoder mine"):
        files.remove("mine")


def test_it_knows_the_images_that_it_learned_from() -> None:
    ids = [f"{number:032x}" for number in (3, 2**127)]
    files.save(adapter(), header(), ids)
    assert files.learned_from(files.path_of("mine")) == {0, 2**63}
    assert files.read_adapter(files.path_of("mine")).weight == 0.75
    files.save(adapter(), header())
    assert files.learned_from(files.path_of("mine")) == frozenset()
    files.remove("mine")


def test_one_that_was_handed_on_is_taken_over_once(tmp_path: Path) -> None:
    files.save(adapter(), header("theirs"))
    given = tmp_path / "theirs.safetensors"
    given.write_bytes(files.path_of("theirs").read_bytes())
    files.remove("theirs")
    assert files.add(given).name == "theirs"
    assert files.path_of("theirs").read_bytes() == given.read_bytes()
    files.add(given)  # the same once more is nothing new
    files.save(adapter(seed=2), header("theirs"))
    with pytest.raises(WinnowError, match="another tuned encoder theirs already"):
        files.add(given)
    assert files.path_of("theirs").read_bytes() != given.read_bytes()
    files.remove("theirs")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("mine.safetensors", b"no such thing", "cannot be read as a tuned encoder"),
        ("mine.pt", b"", "is no tuned encoder"),
        ("my own.safetensors", b"", "cannot be the name"),
        ("missing/mine.safetensors", None, "There is no tuned encoder"),
    ],
)
def test_what_is_handed_on_and_is_none_is_refused(
    name: str, content: bytes | None, reason: str, tmp_path: Path
) -> None:
    given = tmp_path / name
    if content is not None:
        given.write_bytes(content)
    with pytest.raises(WinnowError, match=reason):
        files.add(given)
    assert files.names() == []


def test_scores_are_the_base_s_where_the_gate_is_closed() -> None:
    own = adapter()
    random = np.random.default_rng(3)
    strangers = unit_rows(-2 - random.normal(size=(8, D)))
    texts = unit_rows(random.normal(size=(5, D)))
    assert not own.gate.share(strangers).any()
    before, after = strangers @ texts.T, own.images(strangers) @ own.texts(texts).T
    assert np.allclose(after * own.shrinking, before, atol=2e-3)
    images = own.images(strangers)
    assert np.allclose(np.linalg.norm(images, axis=1), 1, atol=1e-5)
    # What labels teach is taken from the base's own numbers, which stay.
    assert np.allclose(unit_rows(images[:, :D]), strangers, atol=2e-3)
    near = unit_rows(random.normal(size=(8, D)) + 2)
    assert own.gate.share(near).any()
    assert np.isnan(own.images(np.full((1, D), np.nan, np.float32))).all()


@pytest.mark.parametrize(
    "content", [b"", b"x" * 40, b"\xff" * 8, b"\x02\0\0\0\0\0\0\0{}", b"\x10" + b"\0" * 7 + b"[]"]
)
def test_other_files_are_refused_in_a_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(WinnowError, match="cannot be read as a tuned encoder"):
        files.read_adapter(path)
    with pytest.raises(WinnowError):
        load_encoder(f"tuned:{path}", "cpu")


def test_numbers_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save

    good = files.path_of("good")
    files.save(adapter(), header("good"))
    facts = {
        "format": files.FORMAT, "base": "starter", "base_identity": "x", "title": "S",
        "resolution": "0", "licence": "", "figures": "{}", "dim": "30",
    }  # fmt: skip
    tensors = adapter().tensors()
    for name in tensors:
        for wrong in (np.full_like(tensors[name], np.nan), np.zeros(2, np.float32), None):
            changed = {k: v for k, v in tensors.items() if k != name}
            changed |= {} if wrong is None else {name: wrong}
            path = tmp_path / "wrong.safetensors"
            path.write_bytes(save(changed, facts))
            with pytest.raises(WinnowError, match="cannot be read as a tuned encoder"):
                files.read_adapter(path)
    # Other weights of the base than those that it was tuned on.
    with pytest.raises(WinnowError, match="was tuned on other weights of starter"):
        load_encoder("tuned:good", "cpu")
    assert "tuned:good" in [entry.spec for entry in list_models()]
    good.unlink()


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 60, "with space", "\0"])
def test_names_that_no_file_could_have_are_refused(name: str) -> None:
    with pytest.raises(WinnowError, match="cannot be the name of a tuned encoder"):
        files.path_of(name)
