"""Writing: bit-identical files, untouched originals, and all or nothing."""

import errno
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from export.export_builders import Watched, assign, make_jpegs, planned, run_record, tree

from core.export import files, transfer
from core.export.options import ExportOptions
from core.export.plan import Plan, PlanItem, Rejected
from core.export.planning import make_plan
from core.export.record.run import load_manifest
from core.export.write import write
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled

RECORDS = {"manifest.json", "metadata.json", "rejected.csv", "report.html", "report.txt"}
SHARES = (0.5, 0.25, 0.25)
NAMES = [
    "a/1.jpg",
    "b/1.jpg",
    "b/1.JPG",
    'c d/it\'s "quoted" <script>.jpg',
    "日本語/🎉 party.jpg",
    *(f"many/{n}.jpg" for n in range(120)),
]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    make_jpegs(root, NAMES)
    (root / "b/1.jpg").chmod(0o600)
    os.utime(root / "a/1.jpg", ns=(10**18, 10**18 + 123_456_700))
    return root


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this machine does not let the test mount a file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def plan_of(root: Path, options: ExportOptions, names: list[str] = NAMES) -> Plan:
    entries = []
    for index, name in enumerate(names):
        label, unsure = ("cat", "n/a")[index % 2], index % 10 == 9
        entries.append(assign(root, name, label, probability=0.2 if unsure else 0.9))
    return make_plan(entries, [Rejected("bad.jpg", "no image")], ["cat", "n/a", "none"], options)


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "images")


def test_copies_are_bit_identical_and_originals_untouched(images: Path) -> None:
    before = tree(images)
    options = ExportOptions(splits=SHARES, review_below=0.5)
    plan = plan_of(images, options)
    out = images.parent / "new parent" / "out"
    steps: list[tuple[int, int]] = []
    report = Watched(lambda done, total: steps.append((done, total)))
    result = write(plan, images, out, run_record(), report)

    assert tree(images) == before
    written = tree(out)
    assert (result.written, result.failed, result.review) == (len(NAMES), [], plan.review)
    assert result.classes == plan.counts and result.classes["none"] == 0
    for item in plan.items:
        content, mtime, mode = before[item.assignment.path]
        assert written[item.target] == (content, mtime, mode)
        if item.split_target is not None:
            assert (out / item.split_target).samefile(out / item.target)
    named = {item.target for item in plan.items} | RECORDS | {"splits.csv"}
    named |= {item.split_target for item in plan.items if item.split_target is not None}
    assert set(written) == named
    assert {item.split for item in plan.items if not item.review} == {"train", "val", "test"}
    assert not (out / "none").exists()
    assert steps[0] == (0, len(NAMES)) and steps[-1] == (len(NAMES), len(NAMES))
    assert steps == sorted(steps)
    assert left_behind(images.parent) == ["new parent"]
    assert left_behind(out.parent) == ["out"]


def test_hard_links_are_links_also_where_the_original_is_a_symbolic_link(images: Path) -> None:
    outside = images.parent / "outside"
    outside.mkdir()
    (images / "many/0.jpg").rename(outside / "0.jpg")
    (images / "many/0.jpg").symlink_to("../../outside/0.jpg")
    plan = plan_of(images, ExportOptions(mode="hardlink", splits=SHARES))
    out = images.parent / "out"
    result = write(plan, images, out, run_record())
    for item in plan.items:
        assert (out / item.target).samefile(images / item.assignment.path)
        assert not (out / item.target).is_symlink()
        assert item.split_target and (out / item.split_target).samefile(out / item.target)
    assert any("hard links" in note for note in result.notes)


def test_symbolic_links_survive_a_move_of_the_export(images: Path) -> None:
    before = tree(images)
    plan = plan_of(images, ExportOptions(mode="symlink", splits=SHARES))
    write(plan, images, images.parent / "out", run_record())
    moved = (images.parent / "elsewhere/deep/out").absolute()
    moved.parent.mkdir(parents=True)
    (images.parent / "out").rename(moved)
    for item in plan.items:
        assert (moved / item.target).is_symlink()
        assert (moved / item.target).samefile(images / item.assignment.path)
        assert item.split_target is not None
        assert (moved / item.split_target).readlink().parts[:3] == ("..", "..", "..")
        assert (moved / item.split_target).samefile(images / item.assignment.path)
    assert tree(images) == before


def test_splits_are_copies_where_there_are_no_hard_links(images: Path, monkeypatch) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(transfer.os, "link", no_links)
    (images / "a/1.jpg").chmod(0o600)
    plan = plan_of(images, ExportOptions(splits=SHARES))
    out = images.parent / "out"
    result = write(plan, images, out, run_record())
    assert any("no hard links" in note for note in result.notes)
    written = tree(out)
    for item in plan.items:
        assert item.split_target is not None
        assert written[item.split_target] == written[item.target]
        assert not (out / item.split_target).samefile(out / item.target)

    linked = plan_of(images, ExportOptions(mode="hardlink"))
    with pytest.raises(WinnowError, match=r"did not allow a hard link .* use --mode copy"):
        write(linked, images, images.parent / "out2", run_record())
    assert left_behind(images.parent) == ["out"]


@pytest.mark.parametrize("mode", ["copy", "hardlink", "symlink"])
def test_lost_and_changed_originals_are_rejected_with_a_reason(images: Path, mode) -> None:
    lonely = assign(images, "a/1.jpg", "lonely")
    plan = plan_of(images, ExportOptions(mode=mode), NAMES[1:])
    plan = make_plan(
        [item.assignment for item in plan.items] + [lonely],
        plan.rejected,
        ["cat", "lonely", "n/a"],
        plan.options,
    )
    (images / "b/1.jpg").unlink()
    with (images / "many/1.jpg").open("ab") as file:
        file.write(b"more")
    (images / "many/2.jpg").unlink()
    (images / "many/2.jpg").mkdir()
    (images / "a/1.jpg").unlink()
    (images / "a").rmdir()
    out = images.parent / "out"
    result = write(plan, images, out, run_record())

    reasons = dict(result.failed)
    assert list(reasons) == ["a/1.jpg", "b/1.jpg", "many/1.jpg", "many/2.jpg"]
    assert "gone" in reasons["a/1.jpg"] and "gone" in reasons["b/1.jpg"]
    assert "changed" in reasons["many/1.jpg"]
    assert "no ordinary file" in reasons["many/2.jpg"]
    assert (result.written, result.rejected) == (len(NAMES) - 4, 5)
    manifest = load_manifest(out)
    assert {entry["path"] for entry in manifest["rejected"]} == {*reasons, "bad.jpg"}
    listed = {entry["file"] for entry in manifest["files"]}
    on_disk = {path for path in tree(out) if "/" in path}
    assert listed == on_disk
    assert not (out / "lonely").exists()


def test_a_change_that_keeps_size_and_time_is_seen_when_copying(images: Path) -> None:
    plan = plan_of(images, ExportOptions())
    path = images / "many/5.jpg"
    info = path.stat()
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    result = write(plan, images, images.parent / "out", run_record())
    assert [path for path, _ in result.failed] == ["many/5.jpg"]


def test_a_run_that_could_write_nothing_leaves_nothing(images: Path) -> None:
    plan = plan_of(images, ExportOptions(), NAMES[:2])
    (images / "a/1.jpg").unlink()
    (images / "b/1.jpg").unlink()
    with pytest.raises(WinnowError, match=r"None of the 2 images .* 'a/1.jpg' \(the file is gone"):
        write(plan, images, images.parent / "p/out", run_record())
    assert left_behind(images.parent) == []


def test_an_export_of_no_images_is_only_its_record(images: Path) -> None:
    plan = make_plan([], [Rejected("bad.jpg", "no image")], ["cat"], ExportOptions())
    result = write(plan, images, images.parent / "out", run_record())
    assert (result.written, result.rejected) == (0, 1)
    assert set(tree(result.out)) == RECORDS


@pytest.fixture(params=["mkfs.xfs -q -m reflink=1", "mkfs.btrfs -q"])
def reflinks(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system that can share the blocks of copies."""
    image, place = tmp_path / "disk", tmp_path / "disk.mounted"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(400_000_000)  # sparse
    for command in ([*request.param.split(), image], ["mount", "-o", "loop", image, place]):
        try:
            subprocess.run(command, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("this machine does not let the test mount such a file system")
    yield place
    subprocess.run(["umount", place], check=True)


def test_copies_share_their_blocks_where_the_file_system_can(reflinks: Path) -> None:
    images, size = reflinks / "images", 30_000_000
    images.mkdir()
    (images / "1.jpg").write_bytes(os.urandom(size))
    (images / "2.jpg").write_bytes(b"small")
    os.sync()
    free = shutil.disk_usage(reflinks).free
    names = ["1.jpg", "2.jpg"]
    plan = make_plan([assign(images, n, "cat") for n in names], [], ["cat"], ExportOptions())
    write(plan, images, reflinks / "out", run_record())
    os.sync()
    assert free - shutil.disk_usage(reflinks).free < size / 4
    for name in names:
        copy = reflinks / "out/cat" / name
        original = (images / name).read_bytes()
        assert copy.read_bytes() == original and not copy.samefile(images / name)
        copy.write_bytes(b"changed")
        assert (images / name).read_bytes() == original


def test_a_file_system_without_reflinks_gets_ordinary_copies(small_disk: Path) -> None:
    assert not files.can_clone(small_disk)
    (small_disk / "images").mkdir()
    (small_disk / "images/1.jpg").write_bytes(b"content")
    plan = make_plan(
        [assign(small_disk / "images", "1.jpg", "cat")], [], ["cat"], ExportOptions(verify=True)
    )
    write(plan, small_disk / "images", small_disk / "out", run_record())
    assert (small_disk / "out/cat/1.jpg").read_bytes() == b"content"


def test_a_large_file_is_copied_in_pieces(images: Path) -> None:
    (images / "big.jpg").write_bytes(os.urandom(3_500_001))
    plan = make_plan([assign(images, "big.jpg", "cat")], [], ["cat"], ExportOptions())
    write(plan, images, images.parent / "out", run_record())
    assert (images.parent / "out/cat/big.jpg").read_bytes() == (images / "big.jpg").read_bytes()


@pytest.mark.parametrize("ask_before", [0, 1, 3])
def test_cancel_leaves_nothing(images: Path, ask_before: int) -> None:
    asked = 0

    def count(done: int, total: int) -> None:
        nonlocal asked
        asked += 1
        if asked > ask_before:
            report.cancel()

    report = Watched(count)
    out = images.parent / "parent" / "out"
    before = tree(images)
    with pytest.raises(Cancelled):
        write(plan_of(images, ExportOptions()), images, out, run_record(), report)
    assert asked == ask_before + 1
    assert left_behind(images.parent) == []
    assert tree(images) == before


def test_cancel_works_while_a_file_is_slow(images: Path, monkeypatch) -> None:
    release = threading.Event()
    real_open = os.open

    def slow_open(path: str, *rest: int, **more: int) -> int:
        if str(path).startswith(str(images)):
            release.wait(10)
        return real_open(path, *rest, **more)

    monkeypatch.setattr(transfer.os, "open", slow_open)
    asked: list[int] = []

    def count(done: int, total: int) -> None:
        asked.append(done)
        if len(asked) == 3:
            release.set()
            report.cancel()

    report = Watched(count)
    with pytest.raises(Cancelled):
        write(plan_of(images, ExportOptions()), images, images.parent / "out", run_record(), report)
    assert asked == [0, 0, 0]
    assert left_behind(images.parent) == []


def test_ctrl_c_leaves_nothing(images: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    report = Watched(interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(plan_of(images, ExportOptions()), images, images.parent / "out", run_record(), report)
    assert left_behind(images.parent) == []


def test_a_disk_that_fills_up_ends_in_one_sentence_and_no_folder(
    images: Path, small_disk: Path
) -> None:
    # The free space is enough for the images, but not once each takes whole blocks.
    plan = plan_of(images, ExportOptions())
    assert plan.bytes_needed < 256_000 < 4096 * len(NAMES)
    with pytest.raises(WinnowError, match=r"disk became full .* run again"):
        write(plan, images, small_disk / "a/out", run_record())
    assert list(small_disk.iterdir()) == []


def test_a_disk_that_fills_up_with_the_records(images: Path, monkeypatch) -> None:
    from core.export.record import jsonfile

    def full(value: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(jsonfile, "_dump", full)
    with pytest.raises(WinnowError, match="disk became full"):
        write(plan_of(images, ExportOptions()), images, images.parent / "out", run_record())
    assert left_behind(images.parent) == []


def test_hard_links_across_file_systems_suggest_copying(images: Path, small_disk: Path) -> None:
    plan = plan_of(images, ExportOptions(mode="hardlink"))
    with pytest.raises(WinnowError, match="on another file system; use --mode copy"):
        write(plan, images, small_disk / "out", run_record())
    assert list(small_disk.iterdir()) == []


def test_an_existing_empty_folder_and_a_link_to_one_are_used(images: Path) -> None:
    empty = images.parent / "empty"
    empty.mkdir()
    empty.chmod(0o750)
    link = images.parent / "link"
    link.symlink_to(empty)
    result = write(plan_of(images, ExportOptions()), images, link, run_record())
    assert result.out == link and link.is_symlink()
    assert (empty / "manifest.json").is_file() and result.manifest.is_file()
    assert empty.stat().st_mode & 0o777 == 0o750
    with pytest.raises(WinnowError, match="not empty"):
        write(plan_of(images, ExportOptions()), images, link, run_record())


def test_a_destination_filled_meanwhile_is_kept(images: Path) -> None:
    out = images.parent / "out"

    def meddle(done: int, total: int) -> None:
        out.mkdir(exist_ok=True)
        (out / "theirs.txt").write_text("theirs")

    with pytest.raises(WinnowError, match="filled by something else"):
        write(plan_of(images, ExportOptions()), images, out, run_record(), Watched(meddle))
    assert left_behind(images.parent) == ["out"]
    assert left_behind(out) == ["theirs.txt"]


def test_a_plan_from_elsewhere_cannot_lead_outside(images: Path) -> None:
    good = make_plan([planned("1.jpg", "cat")], [], ["cat"], ExportOptions())
    for path, target in (("../secret", "cat/1.jpg"), ("a/1.jpg", "../../evil.jpg")):
        item = PlanItem(planned(path, "cat"), target, None, False)
        plan = Plan(**{**vars(good), "items": [item]})
        with pytest.raises(WinnowError, match="does not stay inside"):
            write(plan, images, images.parent / "out", run_record())
    assert left_behind(images.parent) == []


def test_a_record_without_a_json_form_fails_before_copying(images: Path) -> None:
    with pytest.raises(TypeError, match="no JSON form"):
        write(
            plan_of(images, ExportOptions()),
            images,
            images.parent / "out",
            run_record(options={"x": object()}),
            Watched(lambda done, total: pytest.fail("began to copy")),
        )
    assert left_behind(images.parent) == []


def test_originals_without_permission_are_rejected(images: Path, monkeypatch) -> None:
    plan = plan_of(images, ExportOptions())
    real_open, refused = os.open, str(images / "many/3.jpg")

    # Root reads every file, so the refusal is made here.
    def guarded(path: str, *rest: int, **more: int) -> int:
        if path == refused:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real_open(path, *rest, **more)

    monkeypatch.setattr(transfer.os, "open", guarded)
    result = write(plan, images, images.parent / "out", run_record())
    assert result.failed == [("many/3.jpg", "the file cannot be read (Permission denied)")]


def test_the_time_taken_is_reported(images: Path) -> None:
    started = time.perf_counter()
    result = write(plan_of(images, ExportOptions()), images, images.parent / "out", run_record())
    assert 0 < result.seconds <= time.perf_counter() - started


DATA = os.environ.get("WINNOW_DATA")


@pytest.mark.skipif(not DATA, reason="WINNOW_DATA is not set")
def test_real_photos_arrive_unchanged_and_in_full(tmp_path: Path) -> None:
    root = Path(DATA or "") / "clothing"
    names = sorted(path.relative_to(root).as_posix() for path in root.glob("test/*/*.jpg"))
    assert len(names) > 300
    before = tree(root / "test")
    entries = [assign(root, name, Path(name).parent.name) for name in names]
    classes = sorted({entry.label for entry in entries})
    plan = make_plan(entries, [], classes, ExportOptions(splits=(0.7, 0.15, 0.15)))
    result = write(plan, root, tmp_path / "out", run_record())
    assert (result.written, result.failed) == (len(names), [])
    written = tree(tmp_path / "out")
    for item in plan.items:
        assert written[item.target][0] == before[item.assignment.path.removeprefix("test/")][0]
    assert tree(root / "test") == before
