"""The routes that hand out pictures, and what the server is started with."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hosts import new_host
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.project.project import Project
from core.ui.session import host
from core.ui.shell import server


@pytest.fixture
def client(project: Project, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    shared = new_host()
    shared.project(project.workspace.root)
    monkeypatch.setattr(host, "shared", shared)
    return TestClient(Starlette(routes=server.routes()))


@pytest.mark.parametrize(("kind", "side"), [("thumb", 224), ("picture", 1024)])
def test_pictures_are_made_once_and_cached(
    client: TestClient, project: Project, kind: str, side: int
) -> None:
    image_id = project.pool().ids[0]
    address = f"/{kind}/{project.workspace.key}/{image_id}"
    first = client.get(address)
    assert first.status_code == 200
    assert max(Image.open(io.BytesIO(first.content)).size) <= side
    assert "immutable" in first.headers["cache-control"]
    assert first.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in first.headers
    assert client.get(address).content == first.content


@pytest.mark.parametrize("kind", ["thumbnail", "preview"])
def test_pictures_are_shown_where_none_can_be_kept(
    client: TestClient, project: Project, kind: str
) -> None:
    cache = project.workspace.cache
    cache.mkdir(exist_ok=True)
    (cache / kind).write_text("no folder")  # nothing can be written into it
    route = "thumb" if kind == "thumbnail" else "picture"
    answer = client.get(f"/{route}/{project.workspace.key}/{project.pool().ids[0]}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content[:2] == b"\xff\xd8"


def test_only_ids_of_open_workspaces_are_answered(client: TestClient, project: Project) -> None:
    key, image_id = project.workspace.key, project.pool().ids[0]
    for address in (
        f"/thumb/{key}/{'0' * 32}",
        f"/thumb/{key}/{image_id.upper()}x",
        f"/thumb/000000000000/{image_id}",
        f"/thumb/{key}/..%2f..%2fworkspace.toml",
        f"/picture/{key}/%2fetc%2fpasswd",
    ):
        assert client.get(address).status_code == 404, address


def test_a_picture_whose_file_is_gone_is_said(
    client: TestClient, project: Project, tmp_path: Path
) -> None:
    pool = project.pool()
    source = project.file_of(pool.ids[0])
    assert source is not None
    hidden = source.rename(tmp_path / source.name)
    try:
        answer = client.get(f"/thumb/{project.workspace.key}/{pool.ids[0]}")
        assert answer.status_code == 410
    finally:
        hidden.rename(source)


def test_the_look_comes_from_the_checkouts_own_file() -> None:
    look = server._look()
    assert look["theme.primaryColor"] == "#0f766e"
    assert look["browser.gatherUsageStats"] is False
