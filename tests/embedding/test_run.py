"""Embedding: only what is new or changed, nothing lost, every reject with its reason."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures
from hostile import hostile_files, write_hostile_folder
from PIL import Image

from core.embedding import run as embed_module
from core.embedding.engines.threads import Threads
from core.embedding.run import already_embedded, embed
from core.encoders.base import NO_VECTOR
from core.project.pool import load_pool
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report
from core.store.catalog import read_catalog
from core.store.vectors import VectorStore
from core.store.workspace import Workspace, load, open_workspace


@pytest.fixture
def images(tmp_path: Path) -> Path:
    write_pictures(tmp_path / "images", 30)
    return tmp_path / "images"


def run(workspace: Workspace, encoder: ColourEncoder | None = None, **options: object):
    return embed(load(workspace.root), encoder or ColourEncoder(), **options)


def test_the_first_run_embeds_all_and_the_second_nothing(images: Path) -> None:
    workspace = open_workspace(images)
    encoder = ColourEncoder()
    first = run(workspace, encoder, batch_size=7)
    assert (first.images, first.embedded, first.reused, first.rejected) == (30, 30, 0, [])
    second = run(workspace, encoder)
    assert (second.images, second.embedded, second.reused) == (30, 0, 30)
    assert encoder.encoded == 30


def test_vectors_are_those_of_the_pictures(images: Path) -> None:
    workspace = open_workspace(images)
    encoder = ColourEncoder()
    run(workspace, encoder, batch_size=4, engine=Threads(3))
    pool = load_pool(load(workspace.root))
    assert pool.paths == sorted(pool.paths)
    for row in (0, 13, 29):
        picture = Image.open(images / pool.paths[row]).convert("RGB")
        expected = encoder.encode_images(encoder.preprocess(picture)[None])[0]
        np.testing.assert_allclose(pool.vectors[row], expected, atol=1e-3)


def test_renames_touches_and_copies_cost_no_inference(images: Path) -> None:
    workspace = open_workspace(images)
    run(workspace)
    (images / "sub").mkdir()
    for n in range(10):
        (images / f"p{n:04d}.jpg").rename(images / "sub" / f"moved {n}.jpg")
    for n in range(10, 20):
        os.utime(images / f"p{n:04d}.jpg", (1, 1))
    shutil.copy(images / "p0020.jpg", images / "copy.jpg")
    encoder = ColourEncoder()
    result = run(workspace, encoder)
    assert (result.images, result.embedded, encoder.encoded) == (31, 0, 0)
    pool = load_pool(load(workspace.root))
    assert len(pool) == 30
    assert {f.path for f in pool.files[pool.rows_by_path["copy.jpg"]]} == {"copy.jpg", "p0020.jpg"}
    rows = read_catalog(workspace.catalog)
    assert rows["width"].null_count() == 0
    assert rows["format"].unique().to_list() == ["JPEG"]


def test_changed_pixels_are_embedded_again(images: Path) -> None:
    workspace = open_workspace(images)
    run(workspace)
    for n in range(5):
        Image.new("RGB", (9, 9), (n * 40, 7, 90)).save(images / f"p{n:04d}.jpg")
    result = run(workspace)
    assert (result.images, result.embedded) == (30, 5)


def test_removed_images_leave_the_pool(images: Path) -> None:
    workspace = open_workspace(images)
    run(workspace)
    (images / "p0003.jpg").unlink()
    assert run(workspace).images == 29
    assert len(load_pool(load(workspace.root))) == 29


def test_another_encoder_has_vectors_of_its_own(images: Path) -> None:
    workspace = open_workspace(images)
    run(workspace)
    assert run(workspace, ColourEncoder("colours-2")).embedded == 30
    assert load(workspace.root).encoder.identity == "colours-2"
    assert run(workspace, ColourEncoder("colours-1")).embedded == 0


def test_every_hostile_file_is_embedded_or_listed(tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    expected = write_hostile_folder(folder)
    workspace = open_workspace(folder)
    result = run(workspace)
    rejected = dict(result.rejected)
    for path, outcome in expected.items():
        if outcome == "ok":
            assert path not in rejected
        else:
            assert outcome in rejected[path]
    assert result.images == sum(outcome == "ok" for outcome in expected.values())
    assert len(hostile_files()) > 20
    again = ColourEncoder()
    assert dict(run(workspace, again).rejected) == rejected
    assert again.encoded == 0


def test_sources_are_not_touched(images: Path) -> None:
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in images.iterdir()}
    run(open_workspace(images))
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in images.iterdir()} == before


def test_stopping_keeps_what_is_done(images: Path) -> None:
    workspace = open_workspace(images)
    report = Report()

    class Stopping(ColourEncoder):
        def encode_images(self, pixels: np.ndarray) -> np.ndarray:
            report.cancel()
            return super().encode_images(pixels)

    with pytest.raises(Cancelled):
        run(workspace, Stopping(), report=report, batch_size=10)
    left = len(load_pool(load(workspace.root)))
    assert left == 10
    assert run(workspace).embedded == 20


def test_a_crash_in_the_encoder_loses_that_batch_only(images: Path) -> None:
    workspace = open_workspace(images)

    class Failing(ColourEncoder):
        def encode_images(self, pixels: np.ndarray) -> np.ndarray:
            if self.encoded >= 20:
                raise RuntimeError("out of order")
            return super().encode_images(pixels)

    with pytest.raises(RuntimeError):
        run(workspace, Failing(), batch_size=10)
    assert run(workspace).embedded == 10


def test_a_vector_without_a_catalog_row_is_not_made_again(images: Path) -> None:
    workspace = open_workspace(images)
    run(workspace)
    workspace.catalog.unlink()
    result = run(workspace)
    assert (result.images, result.embedded) == (30, 0)
    assert read_catalog(workspace.catalog)["height"].null_count() == 0


def test_a_file_that_keeps_changing_is_left_for_later(
    images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = images / "p0000.jpg"
    real = inputs.read_bytes

    def growing(path: Path, limit: int) -> bytes:
        data = real(path, limit)
        if path == target:
            with path.open("ab") as file:
                file.write(b"x")
        return data

    monkeypatch.setattr(inputs, "read_bytes", growing)
    workspace = open_workspace(images)
    result = run(workspace)
    assert [path for path, why in result.rejected if "being changed" in why] == ["p0000.jpg"]
    monkeypatch.undo()
    assert run(workspace).embedded == 1


def test_a_file_that_vanishes_is_listed(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = open_workspace(images)
    real = embed_module.pending

    def then_gone(*arguments: object) -> object:
        result = real(*arguments)
        (images / "p0001.jpg").unlink()
        return result

    monkeypatch.setattr(embed_module, "pending", then_gone)
    result = run(workspace)
    assert result.images == 29
    assert "no longer there" in dict(result.rejected)["p0001.jpg"]


def test_what_the_scan_cannot_use_is_in_the_catalog_too(images: Path) -> None:
    (images / "broken.jpg").symlink_to(images / "nowhere.jpg")
    workspace = open_workspace(images)
    for _ in range(2):
        assert [path for path, _ in run(workspace).rejected] == ["broken.jpg"]
        rows = read_catalog(workspace.catalog)
        assert rows.filter(rows["path"] == "broken.jpg")["problem"].item()
    (images / "broken.jpg").unlink()
    done = already_embedded(load(workspace.root), "colours-1", Report())
    assert done is not None
    assert (done.images, done.rejected) == (30, [])
    assert read_catalog(workspace.catalog).height == 30


def test_whether_anything_is_to_do_is_known_without_an_encoder(images: Path) -> None:
    workspace = open_workspace(images)
    assert already_embedded(workspace, "colours-1", Report()) is None
    run(workspace)
    done = already_embedded(load(workspace.root), "colours-1", Report())
    assert done is not None
    assert (done.images, done.embedded, done.reused) == (30, 0, 30)
    assert already_embedded(load(workspace.root), "colours-2", Report()) is None
    assert already_embedded(load(workspace.root), None, Report()) is None
    (images / "p0003.jpg").unlink()
    done = already_embedded(load(workspace.root), "colours-1", Report())
    assert done is not None
    assert done.images == len(load_pool(load(workspace.root))) == 29
    write_pictures(images / "more", 1, seed=5)
    assert already_embedded(load(workspace.root), "colours-1", Report()) is None


def test_a_folder_without_images_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    with pytest.raises(WinnowError, match="is empty"):
        run(open_workspace(folder))
    (folder / "notes.txt").write_text("x")
    with pytest.raises(WinnowError, match="1 files but no image"):
        run(open_workspace(folder))


def test_a_workspace_inside_the_folder_is_not_scanned(images: Path) -> None:
    workspace = open_workspace(images, images / "workspace")
    run(workspace)
    write_pictures(workspace.cache / "thumbs", 3)
    assert run(workspace).images == 30


def test_a_second_run_at_the_same_time_is_refused(images: Path) -> None:
    workspace = open_workspace(images)
    inside, leave = threading.Event(), threading.Event()

    class Slow(ColourEncoder):
        def encode_images(self, pixels: np.ndarray) -> np.ndarray:
            inside.set()
            leave.wait(10)
            return super().encode_images(pixels)

    thread = threading.Thread(target=run, args=(workspace, Slow()))
    thread.start()
    assert inside.wait(10)
    with pytest.raises(WinnowError, match="in use"):
        run(workspace)
    leave.set()
    thread.join()


def test_a_checksum_that_fails_is_embedded_again(images: Path) -> None:
    workspace = open_workspace(images)
    run(workspace)
    data = workspace.vectors("colours-1") / "00000.f16"
    with data.open("r+b") as file:
        file.seek(-4, os.SEEK_END)
        file.write(b"\x01\x02\x03\x04")
    result = run(workspace)
    assert result.embedded == 1
    assert VectorStore.peek(workspace.vectors("colours-1")).dropped == 0


def test_pictures_without_a_vector_are_tried_again_and_by_another_model(tmp_path: Path) -> None:
    class Spoilt(ColourEncoder):
        """Gives no numbers for pictures that are mostly red."""

        def encode_images(self, pixels: np.ndarray) -> np.ndarray:
            vectors = super().encode_images(pixels)
            vectors[pixels[:, 0].mean(axis=(1, 2)) > pixels[:, 1].mean(axis=(1, 2))] = np.nan
            return vectors

    write_pictures(tmp_path / "images", 12)
    workspace = open_workspace(tmp_path / "images", tmp_path / "workspace")
    first = embed(workspace, Spoilt())
    assert 0 < len(first.rejected) < 12
    assert first.images == first.embedded == 12 - len(first.rejected)
    assert {reason for _, reason in first.rejected} == {NO_VECTOR}
    again = embed(workspace, Spoilt())
    assert (again.embedded, again.rejected) == (0, first.rejected)
    other = embed(workspace, ColourEncoder("colours-2"))
    assert (other.embedded, other.rejected) == (12, [])
