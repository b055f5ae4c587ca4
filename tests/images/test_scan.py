import os
import sys
from pathlib import Path

import pytest
from hostile import write_hostile_folder
from hypothesis import given
from hypothesis import strategies as st

from core.images import scan as scan_module
from core.images.names import located, shown
from core.images.scan import IMAGE_SUFFIXES, STEP, FoundFile, scan
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX file names or links")
takes_any_bytes = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="the file system refuses names that are not UTF-8"
)


def touch(root: Path, *paths: str) -> None:
    for path in paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.encode())


def paths_of(root: Path, **options: object) -> list[str]:
    return [file.path for file in scan(root, **options).files]


def test_finds_images_by_suffix_sorted_with_size_and_time(tmp_path: Path) -> None:
    touch(tmp_path, "b/z.PNG", "a.jpg", "b/a.webp", "notes.txt", "b/noextension", "c.jpg.bak")
    seen = scan(tmp_path)
    assert [file.path for file in seen.files] == ["a.jpg", "b/a.webp", "b/z.PNG"]
    assert seen.ignored == 3
    assert seen.problems == []
    status = (tmp_path / "a.jpg").stat()
    assert seen.files[0] == FoundFile("a.jpg", 5, status.st_mtime_ns)


def test_every_suffix_is_lower_case_without_dot(tmp_path: Path) -> None:
    assert {"jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif"} <= IMAGE_SUFFIXES
    touch(tmp_path, *(f"x.{suffix.upper()}" for suffix in IMAGE_SUFFIXES))
    assert len(scan(tmp_path).files) == len(IMAGE_SUFFIXES)


def test_hidden_and_system_files_are_passed_over_and_not_ignored(tmp_path: Path) -> None:
    touch(tmp_path, ".h.jpg", ".git/a.jpg", "__MACOSX/a.jpg", "@eaDir/a.jpg", "Thumbs.db", "a.jpg")
    seen = scan(tmp_path)
    assert [file.path for file in seen.files] == ["a.jpg"]
    assert seen.ignored == 0


def test_hostile_folder_is_found_completely(tmp_path: Path) -> None:
    expected = write_hostile_folder(tmp_path)
    seen = scan(tmp_path)
    assert [file.path for file in seen.files] == sorted(expected)
    assert seen.ignored == 1
    assert seen.problems == []


def test_heic_without_its_reader_is_a_problem_not_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_module, "IMAGE_SUFFIXES", IMAGE_SUFFIXES - {"heic", "heif"})
    touch(tmp_path, "IMG_1.HEIC")
    seen = scan(tmp_path)
    assert seen.ignored == 0
    assert seen.problems[0][0] == "IMG_1.HEIC"
    assert "pillow-heif" in seen.problems[0][1]


@posix_only
def test_a_loop_of_links_ends_and_real_paths_win(tmp_path: Path) -> None:
    touch(tmp_path, "real/a.jpg", "real/sub/b.jpg")
    (tmp_path / "aaa_link").symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "real/sub/up").symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "real/self").symlink_to("self")
    seen = scan(tmp_path)
    assert [file.path for file in seen.files] == ["real/a.jpg", "real/sub/b.jpg"]
    assert seen.problems == [("real/self", "the link leads back to itself")]


@posix_only
def test_links_out_of_the_root_are_followed_once(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    touch(root, "own.jpg")
    touch(outside, "far.jpg", "deep/farther.jpg")
    (root / "linked").symlink_to(outside, target_is_directory=True)
    (root / "linked_again").symlink_to(outside / "deep", target_is_directory=True)
    (root / "single.jpg").symlink_to(outside / "far.jpg")
    seen = scan(root)
    assert [file.path for file in seen.files] == [
        "linked/deep/farther.jpg",
        "linked/far.jpg",
        "own.jpg",
        "single.jpg",
    ]
    sizes = {file.path: file.size for file in seen.files}
    assert sizes["single.jpg"] == len(b"far.jpg")  # the target's size, not the link's


@posix_only
@pytest.mark.parametrize("target", ["/", ".", ".."])
def test_a_link_to_a_folder_above_is_reported_not_followed(tmp_path: Path, target: str) -> None:
    root = tmp_path / "root"
    touch(root, "own.jpg")
    touch(tmp_path, "secret.jpg")
    (root / "above").symlink_to(target, target_is_directory=True)
    seen = scan(root)
    assert [file.path for file in seen.files] == ["own.jpg"]
    assert seen.problems[0][0] == "above"
    assert "contains this collection" in seen.problems[0][1]


@posix_only
def test_broken_links_and_special_files_are_problems(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (tmp_path / "gone_folder").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "device.jpg").symlink_to("/dev/zero")
    seen = scan(tmp_path)
    assert seen.files == []
    assert seen.problems == [
        ("device.jpg", "the link does not lead to a regular file"),
        ("gone.jpg", "the link is broken"),
        ("gone_folder", "the link is broken"),
        ("pipe.jpg", "it is not a regular file"),
    ]


@takes_any_bytes
def test_names_that_are_not_utf8_are_found_and_their_files_too(tmp_path: Path) -> None:
    root = os.fsencode(tmp_path)
    Path(os.fsdecode(root + b"/caf\xe9.jpg")).write_bytes(b"x")
    folder = Path(os.fsdecode(root + b"/f\xff"))
    folder.mkdir()
    (folder / "inside.jpg").write_bytes(b"x")
    seen = scan(tmp_path)
    assert [file.path for file in seen.files] == [r"caf\xe9.jpg", r"f\xff/inside.jpg"]
    for file in seen.files:
        file.path.encode("utf-8")
        assert located(tmp_path, file.path).read_bytes() == b"x"
    (tmp_path / r"caf\xe9.jpg").write_bytes(b"another")  # a name that is spelled like that
    seen = scan(tmp_path)
    assert [file.path for file in seen.files] == [r"caf\xe9.jpg", r"f\xff/inside.jpg"]
    assert seen.files[0].size == located(tmp_path, seen.files[0].path).stat().st_size == 7
    assert [path for path, _ in seen.problems] == [r"caf\xe9.jpg"]


@pytest.mark.parametrize("where", ["sub", ""])
def test_an_unreadable_folder(tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.jpg", "sub/b.jpg")
    if os.geteuid() == 0:  # permissions do not bind root, so the refusal is put in by hand
        real = os.scandir

        def refuse(path: str) -> object:
            if Path(path) == tmp_path / where:
                raise PermissionError(13, "Permission denied", path)
            return real(path)

        monkeypatch.setattr(os, "scandir", refuse)
    else:
        (tmp_path / where).chmod(0)
    try:
        if where:
            seen = scan(tmp_path)
            assert [file.path for file in seen.files] == ["a.jpg"]
            assert seen.problems == [("sub", "there is no permission to read it")]
        else:
            with pytest.raises(WinnowError, match=r"cannot be read: there is no permission"):
                scan(tmp_path)
    finally:
        (tmp_path / where).chmod(0o755)


def test_excluded_folders_are_not_entered(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "out/b.jpg", "keep/out/c.jpg")
    assert paths_of(tmp_path, exclude=[tmp_path / "out"]) == ["a.jpg", "keep/out/c.jpg"]
    detour = tmp_path / "keep" / ".." / "out"
    assert paths_of(tmp_path, exclude=[detour, tmp_path / "missing"]) == ["a.jpg", "keep/out/c.jpg"]


@posix_only
def test_an_excluded_folder_is_not_entered_through_a_link_either(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "out/b.jpg", "out/cats/c.jpg")
    (tmp_path / "door").symlink_to(tmp_path / "out", target_is_directory=True)
    (tmp_path / "window").symlink_to(tmp_path / "out/cats", target_is_directory=True)
    assert paths_of(tmp_path, exclude=[tmp_path / "out"]) == ["a.jpg"]


def test_missing_root_file_root_and_invalid_root_are_clear_errors(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    with pytest.raises(WinnowError, match=r"nothing.*does not exist"):
        scan(tmp_path / "nothing")
    with pytest.raises(WinnowError, match="is a file, not a folder"):
        scan(tmp_path / "a.jpg")
    with pytest.raises(WinnowError, match="cannot be read"):
        scan(Path("bad\0name"))


def test_progress_counts_up_to_all_files_and_cancel_stops(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{i:04}.jpg" for i in range(1200)), "x.txt")
    steps: list[tuple[str, int]] = []

    class Watched(Report):
        def tell(self, name: str, done: int = 0, total: int = 0, note: str = "") -> None:
            super().tell(name, done, total, note)
            steps.append((name, done))

    report = Watched()
    scan(tmp_path, report=report)
    names, counts = zip(*steps, strict=True)
    assert set(names) == {STEP}
    assert counts[-1] == 1201
    assert len(counts) >= 3
    assert list(counts) == sorted(counts)
    report.cancel()
    with pytest.raises(Cancelled):
        scan(tmp_path, report=report)


@given(st.text(st.characters(exclude_characters="\0"), min_size=1))
def test_shown_names_hold_nothing_that_steers_a_terminal(name: str) -> None:
    text = shown(name)
    text.encode("utf-8")
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066\u2028" for c in text)


def test_shown_keeps_what_people_write() -> None:
    for name in ("naïve 猫 👩‍👩‍👧 <b>.jpg", "Screenshot 1.00\u202fPM.png", "a\u00a0b"):
        assert shown(name) == name
    assert shown("a\nb\x1b[31m\u202egpj") == r"a\nb\x1b[31m\u202egpj"


def test_archives_are_named_and_counted_among_the_ignored(tmp_path: Path) -> None:
    touch(tmp_path, "b/x.ZIP", "a.tar.gz", "c.tgz", "d.tar", "e.gz", "f.jpg")
    seen = scan(tmp_path)
    assert seen.archives == ["a.tar.gz", "b/x.ZIP", "c.tgz", "d.tar"]
    assert (seen.ignored, len(seen.files)) == (5, 1)


def test_a_root_that_vanishes_during_the_scan_is_said(tmp_path: Path) -> None:
    root = tmp_path / "drive"
    touch(root, *(f"{n:02d}/a.jpg" for n in range(3)))

    class Unplugging(Report):
        def tell(self, *arguments: object) -> None:
            if root.exists():
                root.rename(tmp_path / "away")

    with pytest.raises(WinnowError, match="does not exist"):
        scan(root, report=Unplugging())
