"""ZIPs of all programs: every picture comes out, under its name, or is named with a reason."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from images.unpacking.archive_builders import (
    JPEG,
    OTHER,
    UTF8,
    entry,
    link,
    opened,
    raw_zip,
    zip_of,
)  # fmt: skip

from core.images.archives import names_of, unpack
from core.images.unpacking import intake, zips
from core.runtime.errors import WinnowError

NAMES = {
    "cp932": ["ソ.jpg", "表.jpg", "写真/能.jpg", "商品表/十.jpg", "猫.jpg"],
    "cp950": ["成功.jpg", "許.jpg", "貓.jpg", "照片/功能.jpg"],
    "gb18030": ["照片/猫.jpg", "衣服.jpg", "北京 1.jpg", "微信图片.jpg"],
    "cp949": ["사진/고양이.jpg", "옷.jpg", "새폴더/의자.jpg"],
    "cp1252": [f"Fotos/Größe {n} – café.jpg" for n in range(3)],
    "cp850": ["Größe/Müller.jpg", "café.jpg", "niño.jpg", "Übung.jpg"],
    "cp437": ["Größe/Müller.jpg", "café.jpg", "niño.jpg"],
    "cp866": ["Фото/кошка.jpg", "одежда.jpg"],
    "cp1251": ["Фото/кошка.jpg", "одежда.jpg"],
    "koi8-r": ["Фото/кошка.jpg", "одежда.jpg"],
    "utf-8": ["ü.jpg", "写真/猫.jpg", "e\u0301.jpg"],
}


@pytest.mark.parametrize("codec", NAMES)
def test_names_of_every_code_page_come_out(tmp_path: Path, codec: str) -> None:
    archive = zip_of(tmp_path / "x.zip", NAMES[codec], codec)
    assert names_of(archive).codec in (codec, "cp850")  # equal for these where it is cp437
    result, files = opened(archive)
    assert sorted(files) == sorted(NAMES[codec])
    assert len(set(files.values())) == len(NAMES[codec])  # each with its own content
    assert not result.skipped and result.encoding and result.examples


@pytest.mark.parametrize("codec", ["cp932", "cp950", "gb18030", "cp949", "cp1251"])
def test_an_encoding_can_be_named_and_named_again(tmp_path: Path, codec: str) -> None:
    archive = zip_of(tmp_path / "x.zip", NAMES[codec], codec)
    result, files = opened(archive, "cp437")
    assert result.encoding == "cp437" and result.sure and sorted(files) != sorted(NAMES[codec])
    assert len(files) == len(NAMES[codec])  # none is lost, whatever they are called
    assert opened(archive)[1] == files  # what somebody chose stays
    assert sorted(opened(archive, codec)[1]) == sorted(NAMES[codec])


def test_backslashes_separate_folders_but_not_within_a_character(tmp_path: Path) -> None:
    names = ["表\\ソ.jpg", "能\\十\\構.jpg"]
    files = opened(zip_of(tmp_path / "x.zip", names, "cp932"))[1]
    assert sorted(files) == sorted(name.replace("\\", "/") for name in names)


def test_the_mark_of_utf8_and_the_unicode_field_count_before_any_guess(tmp_path: Path) -> None:
    raw = "名前.jpg".encode("cp932")
    path = "本当の名前.jpg".encode()
    field = struct.pack("<HHBI", 0x7075, 5 + len(path), 1, zlib.crc32(raw)) + path
    wrong = struct.pack("<HHBI", 0x7075, 5 + len(path), 1, 12345) + path
    archive = raw_zip(
        tmp_path / "x.zip", entry("ソ.jpg".encode(), flags=UTF8), entry(raw, extra=field),
        entry("写真.jpg".encode("cp932"), OTHER, extra=wrong),
    )  # fmt: skip
    assert set(opened(archive)[1]) == {"ソ.jpg", "本当の名前.jpg", "写真.jpg"}


def test_one_entry_that_lies_costs_no_other(tmp_path: Path) -> None:
    archive = raw_zip(
        tmp_path / "x.zip",
        entry("写真.jpg".encode("cp932"), JPEG, UTF8),  # says UTF-8 and is none
        entry(b"b.jpg", OTHER, extra=b"\x01\x00\xff\xff"),  # a field that is longer than it is
        entry(b"c.jpg", JPEG, local="ü.jpg".encode("cp850")),  # another name before the content
        entry(b"d.jpg", OTHER, UTF8, local=b"\xff.jpg"),
        entry(b"e.jpg", JPEG, method=9), entry(b"f.jpg", JPEG, method=99), entry(b"g.jpg", b""),
        entry(b"h.jpg", JPEG, flags=1),
    )  # fmt: skip
    result, files = opened(archive)
    assert set(files) >= {"写真.jpg", "b.jpg", "c.jpg", "d.jpg"}
    reasons = dict(result.skipped)
    assert "Deflate64" in reasons["e.jpg"] and "encrypted" in reasons["f.jpg"]
    assert "encrypted" in reasons["h.jpg"]
    assert len(files) + len(reasons) == 8


def test_links_within_a_zip_get_the_content_of_what_they_lead_to(tmp_path: Path) -> None:
    archive = raw_zip(
        tmp_path / "x.zip", link("first.jpg", "real/a.jpg"), entry(b"real/a.jpg"),
        link("again/b.jpg", "../first.jpg"), link("latest", "real"), link("c.jpg", "latest/a.jpg"),
        link("out.jpg", "../../etc/passwd"), link("root.jpg", "/etc/passwd"),
        link("loop.jpg", "pool.jpg"), link("pool.jpg", "loop.jpg"), link("no.jpg", "gone.jpg"),
        entry(b"empty.jpg", b"", mode=0o120777),
    )  # fmt: skip
    result, files = opened(archive)
    assert files == dict.fromkeys(["first.jpg", "real/a.jpg", "again/b.jpg", "c.jpg"], JPEG)
    reasons = dict(result.skipped)
    assert set(reasons) == {
        "latest", "out.jpg", "root.jpg", "loop.jpg", "pool.jpg", "no.jpg", "empty.jpg"
    }  # fmt: skip
    assert "out of the archive" in reasons["out.jpg"] and "out of" in reasons["root.jpg"]
    assert "circle" in reasons["loop.jpg"] and "not in the archive" in reasons["no.jpg"]


def test_names_that_become_one_stay_two_files(tmp_path: Path) -> None:
    names = [b"a?.jpg", b"a*.jpg", b"a_.jpg", b"b/./c.jpg", b"b//c.jpg", b"CON.jpg", b"_CON.jpg"]
    contents = [JPEG + bytes([n]) for n in range(len(names))]
    files = opened(raw_zip(tmp_path / "x.zip", *map(entry, names, contents)))[1]
    assert sorted(files.values()) == sorted(contents)


def test_files_are_known_by_content_where_the_name_does_not_tell(tmp_path: Path) -> None:
    archive = raw_zip(
        tmp_path / "x.zip", entry(b"photo"), entry(b"b.jpg_original"), entry(b"c.jpg?w=600"),
        entry(b"d.unknown", b"text"), entry(b"e.heic", b"x"), entry(b"f.pdf"),
        entry(b".hidden.jpg"),
    )  # fmt: skip
    result, files = opened(archive)
    assert set(files) == {"photo", "b.jpg_original", "c.jpg_w=600", "e.heic"}
    assert dict(result.skipped) == {"d.unknown": "it is no image", "f.pdf": "it is no image"}
    assert result.passed_over == 1


def test_a_zip_behind_a_program_and_a_large_one(tmp_path: Path) -> None:
    assert set(opened(raw_zip(tmp_path / "x.exe", entry(b"a.jpg"), before=b"MZ" + bytes(999)))[1])
    with (
        zipfile.ZipFile(tmp_path / "large.zip", "w") as archive,
        archive.open("a.jpg", "w", force_zip64=True) as file,
    ):
        file.write(JPEG)
    assert opened(tmp_path / "large.zip")[1] == {"a.jpg": JPEG}


def test_a_cut_zip_says_what_of_it_is_whole(tmp_path: Path) -> None:
    archive = raw_zip(tmp_path / "x.zip", *(entry(b"%d.jpg" % n) for n in range(5)))
    archive.write_bytes(archive.read_bytes()[: int(3.5 * (len(JPEG) + 35))])
    with pytest.raises(
        WinnowError, match=r"list of contents .* is missing; 3 of its files are whole"
    ):
        unpack(archive, tmp_path / "out")


def test_one_volume_of_several_is_said(tmp_path: Path) -> None:
    archive = raw_zip(tmp_path / "x.zip", entry(b"a.jpg"))
    data = bytearray(archive.read_bytes())
    data[-18:-14] = struct.pack("<HH", 2, 2)
    data[-6:-2] = struct.pack("<I", 5)  # nothing is there
    archive.write_bytes(data)
    with pytest.raises(WinnowError, match="one of several volumes"):
        unpack(archive, tmp_path / "out")


def test_lists_without_end_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = raw_zip(tmp_path / "x.zip", *(entry(b"%d.jpg" % n) for n in range(20)))
    monkeypatch.setattr(zips, "MAX_ENTRIES", 10)
    with pytest.raises(WinnowError, match="lists more than 10 files"):
        unpack(archive, tmp_path / "out")
    monkeypatch.setattr(zips, "MAX_DIRECTORY", 100)
    with pytest.raises(WinnowError, match="refused"):
        unpack(archive, tmp_path / "out")


def test_links_are_no_way_around_the_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError("none here")

    monkeypatch.setattr(intake, "FREE_BYTES", 50_000)
    monkeypatch.setattr(intake, "MAX_RATIO", 1)
    monkeypatch.setattr(intake.os, "link", no_links)
    many = [link(f"{n}.jpg", "a.jpg") for n in range(300)]
    with pytest.raises(WinnowError, match="unpacks to more than"):
        unpack(raw_zip(tmp_path / "x.zip", entry(b"a.jpg"), *many), tmp_path / "out")
    assert not (tmp_path / "out").exists()
