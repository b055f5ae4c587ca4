"""What people drop into the app becomes a folder, once."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hostile import encoded, photo

from core.cli.shared.opening import folder_of
from core.cli.shared.terminal import Terminal
from core.images.archives import MARKER
from core.runtime.errors import WinnowError
from core.services.data.receiving import receive
from core.store.places import data_folder, received_root

A, B = encoded(photo(1), "JPEG"), encoded(photo(2), "JPEG")


def zipped(**files: bytes) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        for name, data in files.items():
            # A name alone would carry the time of day, and the same pictures two archives.
            opened.writestr(zipfile.ZipInfo(name.replace("__", "/") + ".jpg"), data)
    stream.seek(0)
    return stream


def names(folder: Path) -> set[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path) for path in found} - {MARKER}


def test_an_archive_is_unpacked_below_the_users_data() -> None:
    first = receive([("vendor photos (3).zip", zipped(a=A, b__c=B))])
    assert names(first.folder) == {"a.jpg", "b/c.jpg"}
    assert first.folder.parent == data_folder().with_name("received")
    assert first.folder.name.startswith("vendor-photos-3-.zip-")
    (first.folder / "kept.txt").write_text("x")
    assert receive([("vendor photos (3).zip", zipped(a=A, b__c=B))]).folder == first.folder
    assert (first.folder / "kept.txt").exists()
    assert receive([("vendor photos (3).zip", zipped(a=B))]).folder != first.folder


def test_loose_pictures_become_a_folder_whatever_their_names() -> None:
    drop = [("../../evil.jpg", A), ("b.jpg", B), ("b.jpg", A), ("x/y.png", A), ("notes.txt", b"x")]
    result = receive([(name, io.BytesIO(data)) for name, data in drop])
    assert names(result.folder) == {"b.jpg", "b (2).jpg", "x/y.png"}
    assert dict(result.skipped).keys() == {"../../evil.jpg", "notes.txt"}
    again = receive([(name, io.BytesIO(data)) for name, data in drop[3:] + drop[:3]])
    assert again.folder == result.folder


@pytest.mark.parametrize(
    ("drop", "said"),
    [
        ([("a.zip", b"PK nonsense")], r"The archive a\.zip is damaged"),
        ([("a.tar.gz", b"")], r"The archive a\.tar\.gz is damaged"),
        ([("a.zip", b""), ("b.jpg", A)], "drop one archive alone"),
        ([("a.txt", b"x")], "No image in the upload can be used"),
        ([], "No image"),
    ],
)
def test_useless_drops_are_refused_and_leave_nothing(
    drop: list[tuple[str, bytes]], said: str
) -> None:
    with pytest.raises(WinnowError, match=said):
        receive([(name, io.BytesIO(data)) for name, data in drop])
    left = received_root("", "").parent.iterdir()
    assert [
        path.name for path in left if path.name.startswith((".upload", "a-", "pictures-e"))
    ] == []


def test_a_command_says_what_an_archive_held(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "photos.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("a.jpg", A)
        opened.writestr("../b.jpg", A)
    folder = folder_of(archive, Terminal())
    assert names(folder) == {"a.jpg"}
    said = capsys.readouterr().err
    assert "1 files, 1 others left out" in said
    assert "left out ../b.jpg: its name would lead out of the folder" in said
    assert folder_of(tmp_path, Terminal()) == tmp_path.resolve()
    (tmp_path / "list.txt").write_text("x")
    with pytest.raises(WinnowError, match="is a file: name the folder"):
        folder_of(tmp_path / "list.txt", Terminal())
