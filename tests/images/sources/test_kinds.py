"""The forms that large collections come in, in a bucket, on a web server and on disk."""

from __future__ import annotations

import functools
import http.server
import io
import re
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from buckets import BUCKET, S3, s3
from colours import ColourEncoder, write_pictures

from core.embedding.run import EmbedResult, embed
from core.images.sources import places, retrying, web
from core.images.sources.base import Missing
from core.images.thumbnails import thumbnail
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.store.catalog import read_catalog
from core.store.workspace import Workspace, load, open_workspace

COUNT = 9


@pytest.fixture
def pictures(tmp_path: Path) -> list[tuple[str, bytes]]:
    write_pictures(tmp_path / "local", COUNT)
    return [(path.name, path.read_bytes()) for path in sorted((tmp_path / "local").iterdir())]


@pytest.fixture
def there(tmp_path: Path, pictures: list[tuple[str, bytes]]) -> Path:
    """A folder with each form."""
    folder = tmp_path / "there"
    (folder / "loose").mkdir(parents=True)
    for name, data in pictures:
        (folder / "loose" / name).write_bytes(data)
    for shard in range(3):
        write_tar(folder / "tars" / f"part-{shard:04d}.tar", pictures[shard::3])
    write_parquet(folder / "hf.parquet", {"image": [{"bytes": d, "path": n} for n, d in pictures]})
    write_parquet(folder / "img2dataset.parquet", {
        "url": [f"https://example.org/{n}" for n, _ in pictures], "jpg": [d for _, d in pictures],
    })  # fmt: skip
    rows = "".join(f"{n},loose/{n}\n" for n, _ in pictures)
    (folder / "relative.csv").write_text("name,url\n" + rows)
    buckets = "".join(f"s3://{BUCKET}/loose/{n}\n" for n, _ in pictures)
    (folder / "bare.csv").write_text(buckets + "s3://nobody-has-it/x.jpg\nftp://x/y.jpg\n")
    addresses = [f"s3://{BUCKET}/loose/{n}" for n, _ in pictures]
    write_parquet(folder / "addresses.parquet", {"URL": addresses})
    write_parquet(folder / "nothing.parquet", {"number": [1, 2]})
    return folder


def write_tar(path: Path, members: list[tuple[str, bytes]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, data in members:
            for member, content in ((name, data), (name + ".json", b"{}"), ("../" + name, data)):
                info = tarfile.TarInfo(member)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))


def write_parquet(path: Path, columns: dict[str, list[object]]) -> None:
    pq.write_table(pa.table(columns), path, row_group_size=4)


@pytest.fixture
def bucket(there: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    with s3(there, monkeypatch) as running:
        yield running


@pytest.fixture
def site(there: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(there))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    places._sources.clear()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Gives parts of files, and leads from /moved/ to private servers."""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if span is None:
            super().do_GET()
            return
        data = Path(self.translate_path(self.path)).read_bytes()
        part = data[int(span[1]) : int(span[2]) + 1]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {span[1]}-{span[2]}/{len(data)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)


def ids(workspace: Workspace) -> list[str]:
    return sorted(filter(None, read_catalog(workspace.catalog)["id"].to_list()))


def embedded(images: Path) -> tuple[Workspace, EmbedResult]:
    workspace = open_workspace(images)
    return workspace, embed(workspace, ColourEncoder())


def expected(tmp_path: Path) -> list[str]:
    return ids(embedded(tmp_path / "local")[0])


@pytest.mark.parametrize(
    "name",
    ["tars", "tars/part-{0000..0002}.tar", "hf.parquet", "img2dataset.parquet", "relative.csv",
     "bare.csv", "addresses.parquet"],
)  # fmt: skip
def test_every_form_gives_the_same_images(
    bucket: S3, tmp_path: Path, pictures: list[tuple[str, bytes]], name: str
) -> None:
    workspace, result = embedded(places.folder_for(f"s3://{BUCKET}/{name}"))
    assert ids(workspace) == expected(tmp_path)
    assert result.embedded == COUNT
    again = ColourEncoder()
    assert embed(load(workspace.root), again).reused == COUNT and again.encoded == 0
    if name == "bare.csv":
        reasons = dict(result.rejected)
        assert "There is no bucket" in reasons["nobody-has-it/x.jpg"] and len(reasons) == 2
    # Another process, such as the app's, finds each member again.
    places._sources.clear()
    row = read_catalog(workspace.catalog).drop_nulls("id").row(0, named=True)
    small = thumbnail(workspace.file(row["path"]), tmp_path / "small", row["id"])
    assert small.stat().st_size > 0


def test_one_tar_of_a_folder(bucket: S3) -> None:
    _, result = embedded(places.folder_for(f"s3://{BUCKET}/tars/part-0001.tar"))
    assert result.images == COUNT // 3
    assert result.left_out.count == COUNT // 3  # what WebDataset says beside images
    assert [why for _, why in result.rejected] == [
        "its name has empty parts or dots for folders, so that no path can lead to it"
    ] * (COUNT // 3)


def test_tables_on_disk_are_read_in_place(there: Path, tmp_path: Path) -> None:
    for name in ("hf.parquet", "relative.csv"):
        workspace, result = embedded(there / name)
        assert (result.images, ids(workspace)) == (COUNT, expected(tmp_path))
    try:
        roots.limit_to([there / "loose"], [places.home().parent])
        with pytest.raises(WinnowError, match="outside the folders"):
            open_workspace(there / "hf.parquet")
    finally:
        roots.lift()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nothing.parquet", "No column of nothing.parquet"),
        ("none.parquet", "There is no none.parquet in s3://pictures (not found)"),
        ("none.csv", "There is no"),
        ("part-{9..1}.tar", "stands for no or too many files"),
        ("loose/p0000.jpg.tar", "There is no p0000.jpg.tar"),
    ],
)
def test_what_is_no_collection_is_said(bucket: S3, name: str, sentence: str) -> None:
    with pytest.raises(WinnowError, match=re.escape(sentence)):
        embedded(places.folder_for(f"s3://{BUCKET}/{name}"))


def test_a_tar_that_stops_early_is_said(bucket: S3, there: Path) -> None:
    whole = (there / "tars" / "part-0000.tar").read_bytes()
    bucket.put("cut/a.tar", whole[:700])
    bucket.put("cut/b.tar", b"\x1f\x8b" + whole)
    for name in ("a", "b"):
        with pytest.raises(WinnowError, match="no whole TAR file without compression"):
            embedded(places.folder_for(f"s3://{BUCKET}/cut/{name}.tar"))


@pytest.mark.parametrize("name", ["hf.parquet", "relative.csv", "tars/part-{0000..0002}.tar"])
def test_a_web_server_that_was_named(site: str, tmp_path: Path, name: str) -> None:
    workspace, _ = embedded(places.folder_for(f"{site}/{name}", named=True))
    assert ids(workspace) == expected(tmp_path)


def test_private_servers_are_not_asked_unless_they_were_named(
    site: str, there: Path, monkeypatch: pytest.MonkeyPatch, pictures: list[tuple[str, bytes]]
) -> None:
    with pytest.raises(WinnowError):
        embedded(places.folder_for(f"{site}/hf.parquet"))
    rows = [f"{site}/loose/{pictures[0][0]}", f"{site}/moved/x.jpg", "http://[::1]:9/x.jpg"]
    (there / "private.csv").write_text("url\n" + "\n".join(rows))
    with pytest.raises(WinnowError, match="not public"):
        raise_first(embedded(there / "private.csv")[1])
    monkeypatch.setenv(web.PRIVATE, site.removeprefix("http://"))
    web._forget()
    result = embedded(there / "private.csv")[1]
    assert result.images == 1
    assert all("not public" in why for _, why in result.rejected) and len(result.rejected) == 2


def raise_first(result: EmbedResult) -> None:
    assert result.images == 0
    raise WinnowError(result.rejected[0][1])


@pytest.mark.parametrize(
    ("number", "public"),
    [("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False),
     ("169.254.169.254", False), ("100.64.0.1", False), ("::1", False), ("fd00::1", False),
     ("::ffff:127.0.0.1", False), ("64:ff9b::a9fe:a9fe", False), ("0.0.0.0", False),
     ("224.0.0.1", False), ("fe80::1%eth0", False), ("2002:7f00:1::", False)],
)  # fmt: skip
def test_which_numbers_are_public(number: str, public: bool) -> None:
    assert web.is_public(number) is public


def test_a_folder_of_a_web_server_cannot_be_listed(site: str) -> None:
    with pytest.raises(WinnowError, match="does not say which files it has"):
        embedded(places.folder_for(f"{site}/loose", named=True))


def test_a_web_server_that_is_gone_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "TRIES", 1)
    with pytest.raises(WinnowError, match="cannot be reached"):
        embedded(places.folder_for("http://127.0.0.1:9/x.csv", named=True))
    with pytest.raises(Missing, match="not public"):
        web.get("http://127.0.0.1:9/x.csv", frozenset(), 10)
