"""Addresses as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.images.sources.address import is_address, parse
from core.images.sources.places import address_of, find, folder_for, home
from core.runtime.errors import WinnowError


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("s3://bucket/a/b/", "s3://bucket/a/b"),
        (Path("s3://bucket/a/b"), "s3://bucket/a/b"),
        ("S3://bucket", "s3://bucket"),
        ("s3a://bucket/x", "s3://bucket/x"),
        ("gcs://bucket/x", "gs://bucket/x"),
        ("abfs://box/x", "az://box/x"),
        ("s3://key:secret@bucket/x", "s3://bucket/x"),
        ("https://user:pw@Example.org:8443/a.csv?v=2#top", "https://example.org:8443/a.csv?v=2"),
    ],
)
def test_an_address_is_one_text(text: str | Path, means: str) -> None:
    assert is_address(text) and str(parse(text)) == means
    assert str(parse(parse(text).__str__())) == means


@pytest.mark.parametrize("text", ["/a/b", "C:/x", "photos", "s3", "file:///x", "ftp://x/y", ""])
def test_paths_are_none(text: str) -> None:
    assert not is_address(text)
    with pytest.raises(WinnowError, match="is no address"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "s3://../x",
        "s3://a b/x",
        "s3://169.254.169.254:80/x",
        "https://exa mple:99999/x",
        "https://h/x?X-Amz-Credential=a",
        "https://h/x?sig=a",
        "https://h/x?access_token=a",
        "s3://bucket/\x1b[2J",
    ],
)
def test_what_is_wrong_or_secret_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(WinnowError) as error:
        parse(text)
    assert "\n" not in str(error.value) and "=a" not in str(error.value)


def test_a_folder_stands_for_an_address_and_no_other_folder_does(tmp_path: Path) -> None:
    folder = folder_for("s3://bucket/a")
    assert folder == folder_for("s3://bucket/a/") != folder_for("s3://bucket/b")
    assert address_of(folder) == "s3://bucket/a" and address_of(folder / "x") is None
    copy = tmp_path / folder.name
    copy.mkdir()
    (copy / "address.json").write_bytes((folder / "address.json").read_bytes())
    assert address_of(copy) is None and find(copy / "a.jpg") is None
    assert find(home()) is None and find(f"{home()}x/a.jpg") is None
