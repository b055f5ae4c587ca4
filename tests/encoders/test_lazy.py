"""An encoder that is not needed is not loaded; one that is needed is loaded once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.encoders.lazy import LazyEncoder
from core.runtime.errors import WinnowError
from core.store.workspace import load, open_workspace


class Loader:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> ColourEncoder:
        self.calls += 1
        time.sleep(0.02)
        return ColourEncoder()


def lazy(loader: Loader) -> LazyEncoder:
    return LazyEncoder("colours", "colours-1", ColourEncoder.dim, loader)


def test_renamed_and_touched_files_do_not_load_it_and_new_ones_do(tmp_path: Path) -> None:
    images = tmp_path / "images"
    write_pictures(images, 12)
    root = open_workspace(images, tmp_path / "workspace").root
    embed(load(root), ColourEncoder())
    (images / "p0001.jpg").rename(images / "renamed.jpg")
    (images / "p0002.jpg").touch()
    loader = Loader()
    result = embed(load(root), lazy(loader))
    assert (result.images, result.embedded, result.device, loader.calls) == (12, 0, "cpu", 0)
    write_pictures(images / "new", 3, seed=1)
    result = embed(load(root), lazy(loader))
    assert (result.embedded, loader.calls) == (3, 1)


def test_threads_load_it_once() -> None:
    loader = Loader()
    encoder = lazy(loader)
    with ThreadPoolExecutor(8) as executor:
        titles = set(executor.map(lambda _: encoder.title, range(32)))
    assert titles == {"Colours"}
    assert loader.calls == 1


def test_what_stops_it_from_loading_is_said() -> None:
    def fail() -> ColourEncoder:
        raise WinnowError("The weights are damaged.")

    encoder = LazyEncoder("colours", "colours-1", 3, fail)
    assert (encoder.spec, encoder.identity, encoder.dim) == ("colours", "colours-1", 3)
    with pytest.raises(WinnowError, match="damaged"):
        encoder.encode_texts(["a"])
