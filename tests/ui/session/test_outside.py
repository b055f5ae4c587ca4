"""Pictures of images that are in no workspace, by tokens."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.images.hash import content_id
from core.runtime import roots
from core.ui.session import outside
from core.ui.shell.server import routes


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=routes()))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "photos/odd <b> name.jpg"
    file.parent.mkdir()
    Image.new("RGB", (1600, 900), "red").save(file)
    return file


def url(photo: Path, kind: str = "thumb") -> str:
    return outside.url(photo.parent, photo.name, content_id(photo.read_bytes()), kind)


def test_small_and_large_copies_and_nothing_is_written(client: TestClient, photo: Path) -> None:
    before = sorted(photo.parent.iterdir())
    small, large = client.get(url(photo)), client.get(url(photo, "picture"))
    assert small.status_code == large.status_code == 200
    assert small.headers["content-type"] == "image/jpeg"
    assert "immutable" in small.headers["cache-control"]
    assert len(small.content) < len(large.content)
    assert sorted(photo.parent.iterdir()) == before
    assert photo.name not in url(photo)


def test_what_changed_or_is_gone_is_not_shown(client: TestClient, photo: Path) -> None:
    address = url(photo)
    Image.new("RGB", (40, 30), "blue").save(photo)
    assert client.get(address).status_code == 410
    assert url(photo) != address
    photo.unlink()
    assert client.get(address).status_code == 410


def test_only_tokens_are_answered(client: TestClient, photo: Path) -> None:
    token = url(photo).rsplit("/", 1)[1]
    assert client.get(f"/outside/else/{token}").status_code == 404
    for name in (token[:-1], "0" * 40, "..", "%2e%2e%2fetc%2fpasswd"):
        assert client.get(f"/outside/thumb/{name}").status_code == 404


def test_the_limit_of_the_server_holds(client: TestClient, photo: Path, tmp_path: Path) -> None:
    address = url(photo)
    (tmp_path / "inside").mkdir()
    roots.limit_to([tmp_path / "inside"])
    try:
        assert client.get(address).status_code == 410
    finally:
        roots.lift()


def test_tokens_are_bounded(
    client: TestClient, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "MOST", 3)
    first = url(photo)
    for number in range(3):
        outside.url(photo.parent, f"{number}.jpg", "0" * 32)
    assert client.get(first).status_code == 404
