"""Archives from strangers: all pictures come out, nothing gets out of the folder."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hostile import encoded, photo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.images import archives
from core.images.archives import unpack, unpacked
from core.images.unpacking import intake
from core.images.unpacking.paths import clean_path
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report

JPEG = encoded(photo(1), "JPEG")
OTHER = encoded(photo(2), "JPEG")


def make_zip(path: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members:
            opened.writestr(name, data, zipfile.ZIP_DEFLATED)
    return path


def make_tar(path: Path, members: list[tuple[str, bytes]], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as opened:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            opened.addfile(info, io.BytesIO(data))
    return path


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != archives.MARKER
    }


GOOD = [
    ("a.jpg", JPEG),
    ("b/ü 😀.JPG", OTHER),
    ("prompts.yaml", b"classes: {}"),
    ("readme.md", b"x"),
]


@pytest.mark.parametrize(
    ("name", "mode"),
    [("x.zip", ""), ("x.tar", "w"), ("x.tar.gz", "w:gz"), ("x.TGZ", "w:gz"),
     ("x.tar.bz2", "w:bz2"), ("x.txz", "w:xz")],
)  # fmt: skip
def test_every_kind_gives_its_pictures_and_tables(tmp_path: Path, name: str, mode: str) -> None:
    archive = tmp_path / name
    make_tar(archive, GOOD, mode) if mode else make_zip(archive, GOOD)
    report = Report()
    result = unpack(archive, tmp_path / "out", report)
    assert files_of(result.folder) == dict(GOOD[:3])
    assert (result.files, result.skipped) == (3, [("readme.md", "it is no image")])
    assert report.status.step == "Unpacking, MB"
    assert 0 <= report.status.done <= report.status.total
    assert sorted(p.name for p in tmp_path.iterdir()) == [".out.lock", "out", name]


HOSTILE_NAMES = [
    "../evil.jpg", "a/../../evil.jpg", "/etc/evil.jpg", "..\\evil.jpg", "C:\\evil.jpg",
    "c:evil.jpg", "\\\\server\\share\\evil.jpg", "a/..", "..", "/", ".",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_no_name_leads_out(tmp_path: Path, name: str, kind: str) -> None:
    inner = tmp_path / "deep" / "er"
    inner.mkdir(parents=True)
    make = make_zip if kind == "zip" else make_tar
    archive = make(inner / f"x.{kind}", [(name, JPEG), ("good.jpg", OTHER)])
    result = unpack(archive, inner / "out")
    assert files_of(result.folder) == {"good.jpg": OTHER}
    assert not [path for path in tmp_path.rglob("*evil*") if path.is_file()]
    assert all("lead out" in why for _, why in result.skipped)


@given(
    st.text(max_size=60) | st.lists(st.sampled_from(["..", ".", "a", "/", "\\", "C:"])).map("".join)
)
def test_clean_paths_stay_inside_on_every_system(name: str) -> None:
    path = clean_path(name)
    if path is None:
        return
    parts = path.split("/")
    assert parts
    for part in parts:
        assert part not in ("", ".", "..")
        assert not set(part) & set('\\:*?"<>|\0')
        assert len(part.encode()) <= 200
        assert not part.endswith((" ", "."))


def test_links_and_devices_are_left_out(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    result = unpack(
        make_zip(tmp_path / "x.zip", [(link, b"/etc/passwd"), ("a.jpg", JPEG)]), tmp_path / "z"
    )
    assert result.skipped == [("link.jpg", "it is a link out of the archive")]
    with tarfile.open(tmp_path / "x.tar", "w") as opened:
        for number, kind in enumerate(
            (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE)
        ):
            info = tarfile.TarInfo(f"{number}.jpg")
            info.type, info.linkname = kind, "/etc/passwd"
            opened.addfile(info)
        # The classic: a link to a folder outside, then a file through it.
        info = tarfile.TarInfo("way")
        info.type, info.linkname = tarfile.SYMTYPE, str(tmp_path)
        opened.addfile(info)
        info = tarfile.TarInfo("way/a.jpg")
        info.size = len(JPEG)
        opened.addfile(info, io.BytesIO(JPEG))
    result = unpack(tmp_path / "x.tar", tmp_path / "t")
    assert files_of(result.folder) == {"way/a.jpg": JPEG}
    assert not any(path.is_symlink() for path in (tmp_path / "t").rglob("*"))
    assert len(result.skipped) == 5
    assert not (tmp_path / "a.jpg").exists()


def test_two_files_of_one_name_are_both_kept(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        archive = make_zip(
            tmp_path / "x.zip", [("a.jpg", JPEG), ("a.jpg", OTHER), ("a.jpg/b.jpg", JPEG)]
        )
    result = unpack(archive, tmp_path / "out")
    assert files_of(result.folder) == {"a.jpg": JPEG, "a (2).jpg": OTHER}
    assert result.skipped == [("a.jpg/b.jpg", "another member has the name of its folder")]


def test_archives_in_archives_are_not_opened(tmp_path: Path) -> None:
    inner = make_zip(tmp_path / "inner.zip", [("x.jpg", JPEG)]).read_bytes()
    result = unpack(
        make_zip(tmp_path / "x.zip", [("inner.zip", inner), ("a.jpg", JPEG)]), tmp_path / "out"
    )
    assert files_of(result.folder) == {"a.jpg": JPEG}
    assert "archive in the archive" in result.skipped[0][1]


def test_clutter_is_passed_over_without_a_word(tmp_path: Path) -> None:
    clutter = ["__MACOSX/._a.jpg", ".hidden.jpg", "Thumbs.db", archives.MARKER]
    members = [(name, b"x") for name in clutter] + [("a.jpg", JPEG)]
    result = unpack(make_zip(tmp_path / "x.zip", members), tmp_path / "out")
    assert (files_of(result.folder), result.skipped) == ({"a.jpg": JPEG}, [])


def test_names_in_other_encodings_come_out(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "x.zip", [("##.jpg", JPEG)])  # without the mark for UTF-8
    archive.write_bytes(archive.read_bytes().replace(b"##.jpg", "ü.jpg".encode()))
    assert set(files_of(unpack(archive, tmp_path / "zip").folder)) == {"ü.jpg"}
    with tarfile.open(
        tmp_path / "x.tar", "w", encoding="latin-1", format=tarfile.GNU_FORMAT
    ) as opened:
        info = tarfile.TarInfo("ü.jpg")
        info.size = len(JPEG)
        opened.addfile(info, io.BytesIO(JPEG))
    assert set(files_of(unpack(tmp_path / "x.tar", tmp_path / "tar").folder)) == {"ü.jpg"}


def test_encrypted_members_are_named(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "x.zip", [("a.jpg", JPEG)])
    raw = bytearray(archive.read_bytes())
    raw[raw.find(b"PK\x03\x04") + 6] |= 1
    raw[raw.find(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(raw)
    with pytest.raises(WinnowError, match=r"No image .* can be used \(a.jpg: it is encrypted"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_bombs_are_refused(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "FREE_BYTES", 1_000_000)
    zeros = bytes(3_000_000)
    members = [(f"{n}.bmp", zeros) for n in range(3)]
    archive = tmp_path / f"x.{kind}"
    make_zip(archive, members) if kind == "zip" else make_tar(archive, members, "w:gz")
    with pytest.raises(WinnowError, match="more than 200 times its size"):
        unpack(archive, tmp_path / "out")
    # What is not wanted has to be unpacked too to get past it in a TAR.
    if kind == "tgz":
        make_tar(archive, [(f"{n}.txt", zeros) for n in range(3)], "w:gz")
        with pytest.raises(WinnowError, match="more than 200 times its size"):
            unpack(archive, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".out.lock", archive.name]


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_FILES", 5)
    archive = make_zip(tmp_path / "x.zip", [(f"{n}.jpg", JPEG) for n in range(6)])
    with pytest.raises(WinnowError, match="more than 5 files"):
        unpack(archive, tmp_path / "out")


def test_a_member_that_says_less_than_it_holds_is_left_out(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "x.zip", [("a.jpg", bytes(100_000)), ("b.jpg", JPEG)])
    raw = bytearray(archive.read_bytes())
    entry = raw.find(b"PK\x01\x02")
    raw[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    archive.write_bytes(raw)
    result = unpack(archive, tmp_path / "out")
    assert files_of(result.folder) == {"b.jpg": JPEG}
    assert result.skipped[0][0] == "a.jpg"


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz", "x.tar.bz2", "x.tar.xz"])
def test_cut_archives_are_refused_and_leave_nothing(tmp_path: Path, name: str) -> None:
    archive = tmp_path / name
    members = [(f"{n}.jpg", encoded(photo(n), "JPEG")) for n in range(8)]
    if name == "x.zip":
        make_zip(archive, members)
    else:
        make_tar(archive, members, "w:" + name.removeprefix("x.tar").lstrip("."))
    whole = archive.read_bytes()
    inner = 512 + (len(members[0][1]) + 511) // 512 * 512  # just before the second header of a TAR
    for cut in (0, len(whole) // 10, inner, len(whole) // 2, int(len(whole) * 0.7)):
        archive.write_bytes(whole[:cut])
        with pytest.raises(WinnowError, match=r"damaged or not complete|cannot be unpacked"):
            unpack(archive, tmp_path / "out")
        assert sorted(p.name for p in tmp_path.iterdir()) == [".out.lock", name]


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(["zip", "tar", "tgz"]),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_damaged_bytes_never_crash_nor_escape(
    tmp_path_factory: pytest.TempPathFactory, kind: str, hits: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("fuzz") / "in"
    folder.mkdir()
    archive = folder / f"x.{kind}"
    members = [("a.jpg", JPEG), ("b/c.jpg", OTHER)]
    make_zip(archive, members) if kind == "zip" else make_tar(
        archive, members, "w:gz" if kind == "tgz" else "w"
    )
    raw = bytearray(archive.read_bytes())
    for at, value in hits:
        raw[at % len(raw)] = value
    archive.write_bytes(raw)
    try:
        result = unpack(archive, folder / "out")
    except WinnowError:
        assert not (folder / "out").exists()
    else:
        assert result.files == len(files_of(folder / "out"))
    assert list(folder.parent.iterdir()) == [folder]


def test_an_unchanged_archive_is_unpacked_once_and_a_changed_one_anew(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "x.zip", [("a.jpg", JPEG), ("t.txt", b"x")])
    first = unpack(archive, tmp_path / "out")
    (first.folder / "mine.txt").write_text("x")
    assert unpack(archive, tmp_path / "out") == first == unpacked(archive, tmp_path / "out")
    assert (first.folder / "mine.txt").exists()
    make_zip(archive, [("b.jpg", OTHER)])
    assert unpacked(archive, tmp_path / "out") is None
    assert files_of(unpack(archive, tmp_path / "out").folder) == {"b.jpg": OTHER}


def test_somebody_elses_folder_is_never_replaced(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "x.zip", [("a.jpg", JPEG)])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious").write_text("x")
    with pytest.raises(WinnowError, match="was not made by unpacking"):
        unpack(archive, tmp_path / "out")
    assert (tmp_path / "out" / "precious").exists()


def test_leftovers_of_a_crash_are_removed(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "x.zip", [("a.jpg", JPEG)])
    (tmp_path / ".out.part").mkdir()
    (tmp_path / ".out.part" / "half.jpg").write_bytes(b"x")
    assert files_of(unpack(archive, tmp_path / "out").folder) == {"a.jpg": JPEG}
    assert not (tmp_path / ".out.part").exists()


def test_stopping_leaves_nothing(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "x.zip", [(f"{n}.jpg", JPEG) for n in range(5)])

    class StopAtOnce(Report):
        def tell(self, *arguments: object) -> None:
            self.cancel()

    with pytest.raises(Cancelled):
        unpack(archive, tmp_path / "out", StopAtOnce())
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / ".out.part").exists()


def test_a_missing_archive_and_one_without_images_are_said(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="No such file"):
        unpack(tmp_path / "no.zip", tmp_path / "out")
    with pytest.raises(WinnowError, match=r"No image in .* can be used \(a.txt: it is no image\)"):
        unpack(make_zip(tmp_path / "x.zip", [("a.txt", b"x")]), tmp_path / "out")


def test_too_little_space_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = make_zip(tmp_path / "x.zip", [("a.jpg", JPEG)])
    monkeypatch.setattr(intake.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10})())
    with pytest.raises(WinnowError, match="free some space"):
        unpack(archive, tmp_path / "out")
