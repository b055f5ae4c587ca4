"""Whatever happens during a run: nothing finished is lost, nothing false is written down."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.engines.threads import Threads
from core.embedding.run import already_embedded, embed
from core.project.pool import load_pool
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.store.catalog import read_catalog
from core.store.labels.base import Event
from core.store.vectors import VectorStore
from core.store.workspace import Workspace, load, open_workspace

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals, limits and mounts")
PICTURES, BATCH = 150, 8
FAULTY = Path(__file__).with_name("faulty.py")


@pytest.fixture
def images(tmp_path: Path) -> Path:
    write_pictures(tmp_path / "images", PICTURES)
    return tmp_path / "images"


def run(workspace: Workspace, encoder: ColourEncoder | None = None, **options: object):
    return embed(load(workspace.root), encoder or ColourEncoder(), batch_size=BATCH, **options)


def vectors_of(root: Path) -> dict[str, bytes]:
    """Image id → the bytes of its vector, for the active images."""
    pool = load_pool(load(root))
    store = VectorStore(load(root).vectors(pool.identity), ColourEncoder.dim)
    assert store.dropped == 0
    rows = store.get(pool.ids).astype(np.float16)
    return {image_id: row.tobytes() for image_id, row in zip(pool.ids, rows, strict=True)}


def start(images: Path, root: Path, log: Path, **options: object) -> subprocess.Popen[str]:
    repository = FAULTY.parents[2]
    return subprocess.Popen(
        [sys.executable, str(FAULTY), str(images), str(root), str(log)],
        env=os.environ | {"PYTHONPATH": f"{repository}{os.pathsep}{repository / 'tests'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@posix
def test_killed_runs_go_on_and_end_as_if_nothing_had_happened(images: Path, tmp_path: Path) -> None:
    reference, root, log = tmp_path / "whole", tmp_path / "killed", tmp_path / "log"
    run(open_workspace(images, reference))
    moments, kills = random.Random(4), 0
    for _ in range(5):
        process = start(images, root, log)
        assert process.stdout is not None
        process.stdout.readline()  # the workspace is open
        time.sleep(moments.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        process.communicate()
        assert set(vectors_of(root).values()) <= set(vectors_of(reference).values())
    assert kills >= 3
    process = start(images, root, log)
    message, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert vectors_of(root) == vectors_of(reference)
    assert len(read_catalog(load(root).catalog)) == PICTURES
    encoded = sum(int(line) for line in log.read_text().split())
    # A batch a lane, and one that the lane had begun before the last was written.
    assert encoded <= PICTURES + kills * 2 * ColourEncoder.lanes * BATCH
    assert message.split()[-2:][0] == str(PICTURES)


# -- full and read-only disks --------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = (
        shutil.which("mount")
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)], capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("only the system's administrator may make a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@posix
def test_a_full_disk_is_said_in_one_sentence_and_the_run_goes_on_later(
    images: Path, small_disk: Path
) -> None:
    workspace = open_workspace(images, small_disk / "workspace")
    free = shutil.disk_usage(small_disk).free
    ballast = small_disk / "ballast"
    for left in (0, 4_096, 8_192, 16_384, 24_576):
        ballast.write_bytes(bytes(free - left))
        with pytest.raises(WinnowError, match=r"The disk that holds .* is full: free some space"):
            run(workspace)
        ballast.unlink()
        load_pool(load(workspace.root))
    result = run(workspace)
    assert (result.images, len(vectors_of(workspace.root))) == (PICTURES, PICTURES)


@posix
def test_a_file_that_may_not_grow_counts_as_a_full_disk(images: Path, tmp_path: Path) -> None:
    import resource

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))

    root = tmp_path / "workspace"
    process = start(images, root, tmp_path / "log", preexec_fn=small_files)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "is full: free some space" in errors
    result = run(load(root))
    assert result.embedded < PICTURES
    assert len(vectors_of(root)) == PICTURES


@posix
def test_a_read_only_workspace_can_be_used_but_not_changed(images: Path, small_disk: Path) -> None:
    workspace = open_workspace(images, small_disk / "workspace")
    run(workspace)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert len(load_pool(load(workspace.root))) == PICTURES
    done = already_embedded(load(workspace.root), "colours-1", Report())
    assert done is not None
    write_pictures(images / "more", 1, seed=9)
    with pytest.raises(WinnowError, match="cannot be written"):
        run(workspace)


# -- the image folder ----------------------------------------------------------------------------


class Interrupting(ColourEncoder):
    """Does something to the world after the first batch."""

    def __init__(self, deed) -> None:
        super().__init__()
        self.deeds = [deed]

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        with suppress(IndexError):  # several lanes come here at once; one of them does it
            self.deeds.pop()()
        return super().encode_images(pixels)


@pytest.mark.parametrize("mount_point_stays", [False, True])
def test_a_drive_that_vanishes_stops_the_run_and_rejects_nothing(
    images: Path, tmp_path: Path, mount_point_stays: bool
) -> None:
    def vanish() -> None:
        images.rename(tmp_path / "elsewhere")
        if mount_point_stays:
            images.mkdir()

    workspace = open_workspace(images, tmp_path / "workspace")
    with pytest.raises(WinnowError, match="has vanished while it was read"):
        run(workspace, Interrupting(vanish))
    catalog = read_catalog(workspace.catalog)
    assert catalog["problem"].null_count() == len(catalog)
    if mount_point_stays:
        with pytest.raises(WinnowError, match="is empty"):
            run(workspace)
        images.rmdir()
    assert len(read_catalog(workspace.catalog)) == len(catalog)
    (tmp_path / "elsewhere").rename(images)
    assert run(workspace).images == PICTURES
    assert len(vectors_of(workspace.root)) == PICTURES


def test_a_known_folder_that_vanishes_keeps_its_rows(images: Path, tmp_path: Path) -> None:
    workspace = open_workspace(images, tmp_path / "workspace")
    run(workspace)
    before = read_catalog(workspace.catalog)
    for path in images.iterdir():
        os.utime(path, (1, 1))  # all are to be read again
    report = Report()
    real = report.step

    def vanish_on_the_way(name: str, done: int = 0, total: int = 0, note: str = "") -> None:
        real(name, done, total, note)
        if name == "Embedding" and images.exists():
            images.rename(tmp_path / "elsewhere")

    report.step = vanish_on_the_way
    with pytest.raises(WinnowError, match="has vanished"):
        run(workspace, report=report)
    after = read_catalog(workspace.catalog)
    assert after.drop("mtime_ns").equals(before.drop("mtime_ns"))
    assert len(load_pool(load(workspace.root))) == PICTURES


def test_pictures_removed_on_the_way_are_listed_and_the_rest_is_embedded(images: Path) -> None:
    victims = [images / f"p{n:04d}.jpg" for n in range(120, 130)]
    workspace = open_workspace(images)
    result = run(
        workspace, Interrupting(lambda: [path.unlink() for path in victims]), engine=Threads(1)
    )
    assert result.images == PICTURES - 10
    assert {path for path, _ in result.rejected} == {path.name for path in victims}
    assert all("no longer there" in why for _, why in result.rejected)
    assert run(workspace).rejected == []


def test_deleted_images_leave_the_pool_but_keep_their_labels_and_vectors(images: Path) -> None:
    workspace = open_workspace(images)
    run(workspace)
    project = Project(load(workspace.root))
    image_id = project.pool().ids[3]
    project.labels.add([Event(image_id, "red")], "ann", "test")
    away = images.parent / "away.jpg"
    (images / "p0003.jpg").rename(away)
    run(workspace)
    assert image_id not in project.pool().rows
    assert project.labels.classes() == {image_id: "red"}
    away.rename(images / "back.jpg")
    assert run(workspace).embedded == 0
    assert image_id in project.pool().rows


# -- two at once ---------------------------------------------------------------------------------


def test_the_second_can_wait_for_the_first(images: Path, tmp_path: Path) -> None:
    workspace = open_workspace(images, tmp_path / "workspace")
    process = start(images, workspace.root, tmp_path / "log")
    while not (workspace.root / ".writer.json").exists():
        assert process.poll() is None
        time.sleep(0.01)
    with pytest.raises(WinnowError, match=rf"in use \(embedding, process {process.pid} on .*since"):
        run(workspace)
    report = Report()
    message: list[str] = []
    real = report.step
    report.step = lambda name, *rest: (message.append(name), real(name, *rest))
    result = run(workspace, report=report, wait=True)
    process.communicate()
    assert (process.returncode, result.embedded, result.images) == (0, 0, PICTURES)
    assert any(f"process {process.pid}" in step for step in message)
