"""Images of a bucket in the app: opened by address, shown, thumbnails kept here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from buckets import BUCKET, S3, s3
from colours import ColourEncoder, write_pictures
from drawn import rerun
from hosts import new_host
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core.embedding.run import embed
from core.images.sources import places, retrying
from core.project.project import Project
from core.store.workspace import open_workspace
from core.ui.session import host
from core.ui.shell import server

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"
THERE = f"s3://{BUCKET}/photos"


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(host, "shared", new_host())
    write_pictures(tmp_path / "there" / "photos", 3)
    with s3(tmp_path / "there", monkeypatch) as running:
        yield running


def test_an_address_is_opened_like_a_folder(bucket: S3) -> None:
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    app.text_input(key="open-folder").set_value(f" {THERE}/ ")
    next(button for button in app.button if button.label == "Open").click().run()
    assert not app.exception, [error.value for error in app.exception]
    until, shown = time.monotonic() + 60, ""
    while "3 " not in shown and time.monotonic() < until:  # the bucket is listed in the background
        parts = [*rerun(app).markdown, *app.caption, *app.info]
        shown = "\n".join(str(part.value) for part in parts)
        time.sleep(0.1)
    assert f"Images in `{THERE}`" in shown and "3 " in shown


def test_pictures_are_fetched_once_and_shown_from_here(
    bucket: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = open_workspace(places.folder_for(THERE))
    embed(workspace, ColourEncoder())
    project: Project = host.shared.project(workspace.root)
    client = TestClient(Starlette(routes=server.routes()))
    addresses = [f"/thumb/{project.workspace.key}/{image}" for image in project.pool().ids]
    first = [client.get(address) for address in addresses]
    assert [answer.status_code for answer in first] == [200, 200, 200]
    bucket.kill()
    monkeypatch.setattr(retrying, "TRIES", 2)
    assert [client.get(address).content for address in addresses] == [a.content for a in first]
    closer = client.get(addresses[0].replace("/thumb/", "/picture/"))
    assert closer.status_code == 410 and "cannot be reached" in closer.text
