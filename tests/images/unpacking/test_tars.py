"""TARs as GNU tar, BSD tar and others write them: what tar would unpack comes out."""

from __future__ import annotations

import io
import lzma
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from images.unpacking.archive_builders import JPEG, OTHER, opened, tar_of

from core.images.archives import names_of, unpack
from core.runtime.errors import WinnowError

MODES = ["w", "w:gz", "w:bz2", "w:xz"]


@pytest.mark.parametrize("mode", MODES)
def test_hard_and_symbolic_links_get_their_content(tmp_path: Path, mode: str) -> None:
    members = [
        ("before.jpg", "->", "a/one.jpg"), ("a/one.jpg", JPEG), ("b/two.jpg", "=", "a/one.jpg"),
        ("c/three.jpg", "->", "../b/two.jpg"), ("c/four.jpg", "->", "./three.jpg"),
        ("late.jpg", "=", "z/last.jpg"), ("latest", "->", "a"),
        ("five.jpg", "->", "latest/one.jpg"),
        ("z/last.jpg", OTHER), ("dots.jpg", "->", "c/../a/./one.jpg"),
    ]  # fmt: skip
    result, files = opened(tar_of(tmp_path / "x.tar", members, mode))
    ones = [
        "a/one.jpg",
        "before.jpg",
        "b/two.jpg",
        "c/three.jpg",
        "c/four.jpg",
        "five.jpg",
        "dots.jpg",
    ]
    assert files == dict.fromkeys(ones, JPEG) | dict.fromkeys(["late.jpg", "z/last.jpg"], OTHER)
    assert [name for name, _ in result.skipped] == ["latest"]


def test_links_that_cannot_be_followed_are_named(tmp_path: Path) -> None:
    members = [
        ("a.jpg", JPEG), ("etc.jpg", "->", "/etc/passwd"), ("up.jpg", "->", "../../up.jpg"),
        ("hard.jpg", "=", "../up.jpg"), ("loop.jpg", "->", "pool.jpg"),
        ("pool.jpg", "->", "loop.jpg"), ("self.jpg", "->", "self.jpg"), ("no.jpg", "=", "gone.jpg"),
        ("win.jpg", "->", "C:\\x.jpg"), ("way", "->", "/etc"), ("through.jpg", "->", "way/passwd"),
        ("t.txt", b"text"), ("text.jpg", "->", "t.txt"), ("t2.txt", "->", "a.jpg"),
    ]  # fmt: skip
    result, files = opened(tar_of(tmp_path / "x.tar", members))
    # As with tar and a scan after it: what is called a picture is taken, and read later.
    assert files == {"a.jpg": JPEG, "text.jpg": b"text"}
    assert {name for name, _ in result.skipped} == {
        member[0] for member in members if member[0] not in files
    }


def test_pictures_behind_names_that_tell_nothing_come_by_their_links(tmp_path: Path) -> None:
    members = [
        ("x.jpg", "->", "store/12ab.dat"), ("store/12ab.dat", JPEG), ("store/34cd", OTHER),
        ("y.jpg", "->", "store/34cd"),
    ]  # fmt: skip
    for mode in MODES:
        files = opened(tar_of(tmp_path / f"{mode[2:]}.tar", members, mode))[1]
        assert files == {"x.jpg": JPEG, "store/34cd": OTHER, "y.jpg": OTHER}


@pytest.mark.skipif(shutil.which("tar") is None, reason="compared with the system's tar")
@pytest.mark.parametrize(
    "flags", ["", "--format=pax", "--format=ustar", "--format=gnu", "-S", "-z"]
)
def test_the_same_comes_out_as_of_the_systems_tar(tmp_path: Path, flags: str) -> None:
    source = tmp_path / "in"
    (source / "d" / ("long" * 20) / ("name" * 20)).mkdir(parents=True)
    for name in ("a.jpg", "d/ü 猫.jpg", f"d/{'long' * 20}/{'name' * 20}/x.jpg", "d/-x.jpg"):
        (source / name).write_bytes(JPEG + name.encode())
    (source / "hole.jpg").write_bytes(JPEG + bytes(200_000) + b"x")
    (source / "hard.jpg").hardlink_to(source / "a.jpg")
    (source / "d" / "soft.jpg").symlink_to("../a.jpg")
    subprocess.run(["tar", *flags.split(), "-cf", "../x.tar", "."], cwd=source, check=True)
    files = opened(tmp_path / "x.tar")[1]
    assert files == {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in source.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("codec", "names"),
    [
        ("cp932", ["写真/猫.jpg", "表/ソファ.jpg", "plain.jpg"]),
        ("gb18030", ["照片/猫.jpg", "新建文件夹/商品.jpg", "北京.jpg"]),
        ("latin-1", ["Größe.jpg", "café/Müller.jpg", "niño.jpg"]),
        ("koi8-r", ["Фото/кошка.jpg", "одежда.jpg"]),
    ],
)
def test_names_that_are_no_utf8_are_read_all_together(
    tmp_path: Path, mode: str, codec: str, names: list[str]
) -> None:
    members = [(name, JPEG + name.encode()) for name in names]
    archive = tar_of(tmp_path / "x.tar", [*members, ("l.jpg", "->", names[0])], mode, codec)
    result, files = opened(archive)
    assert files == dict(members) | {"l.jpg": members[0][1]}
    assert result.encoding and result.examples
    known = names_of(archive)
    assert known.odd if mode == "w" else not known.odd  # a compressed one tells only when unpacked


@pytest.mark.parametrize("name", ["x.zip", "x", "x.jpg", "x.tar.gz", "x.bin"])
def test_the_content_says_what_kind_it_is(tmp_path: Path, name: str) -> None:
    archive = tar_of(tmp_path / name, [("a.jpg", JPEG)], "w:bz2")
    assert opened(archive)[1] == {"a.jpg": JPEG}


def test_old_archives_without_a_mark_are_known_by_their_sum(tmp_path: Path) -> None:
    archive = tar_of(tmp_path / "x.tar", [("a.jpg", JPEG)])
    data = bytearray(archive.read_bytes())
    data[257:265] = bytes(8)
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    archive.write_bytes(data)
    assert opened(archive)[1] == {"a.jpg": JPEG}


@pytest.mark.parametrize("mode", MODES)
def test_a_cut_tar_says_how_many_files_were_whole(tmp_path: Path, mode: str) -> None:
    members = [(f"{n}.jpg", JPEG + bytes([n]) * 3_000) for n in range(40)]
    plain = tar_of(tmp_path / "plain.tar", members).read_bytes()
    cut = plain[: len(plain) * 2 // 3]
    archive = tmp_path / "x.tar"
    with tarfile.open(archive, mode):
        pass
    import bz2
    import gzip

    pack = {"w": bytes, "w:gz": gzip.compress, "w:bz2": bz2.compress, "w:xz": lzma.compress}
    archive.write_bytes(pack[mode](cut))
    with pytest.raises(WinnowError, match=r"not complete \(.*; \d+ of its files are whole\)"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize(
    ("kind", "size"), [(tarfile.GNUTYPE_LONGNAME, 8 * 10**9), (tarfile.XHDTYPE, 10**9)]
)
def test_headers_that_claim_gigabytes_are_not_read(tmp_path: Path, kind: bytes, size: int) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, size
    (tmp_path / "x.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(100_000))
    with pytest.raises(WinnowError, match="a header in it says"):
        unpack(tmp_path / "x.tar", tmp_path / "out")


def test_sizes_below_nothing_end_it(tmp_path: Path) -> None:
    archive = tar_of(tmp_path / "x.tar", [("a.jpg", JPEG), ("b.jpg", OTHER)])
    data = bytearray(archive.read_bytes())
    data[124:136] = b"\xff" * 12
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    archive.write_bytes(data)
    with pytest.raises(WinnowError, match="damaged or not complete"):
        unpack(archive, tmp_path / "out")


def test_members_are_not_kept_in_memory(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for number in range(3_000):
            archive.addfile(tarfile.TarInfo(f"{number}.txt"), io.BytesIO())
        info = tarfile.TarInfo("a.jpg")
        info.size = len(JPEG)
        archive.addfile(info, io.BytesIO(JPEG))
    result, files = opened(tmp_path / "x.tar")
    assert files == {"a.jpg": JPEG} and len(result.skipped) == 3_000
