"""Pictures and folders on the Data page before anything is embedded; only tokens in addresses."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from hosts import new_host
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core.images.hash import content_id
from core.images.thumbnails import glimpse, thumbnail_path
from core.images.unreadable import UnreadableImage
from core.project.project import Project
from core.ui.session import glimpses, host
from core.ui.shell.server import routes
from core.ui.widgets import mount

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"


@pytest.fixture
def photos(sample: Path, tmp_path: Path) -> Path:
    """Sixty pictures in folders of two levels, one of them no picture, one in no folder."""
    folder = tmp_path / "photos"
    for number, path in enumerate(sorted((sample / "images").iterdir())):
        target = folder / ("fruit" if number % 2 else "tool") / f"kind {number % 3}" / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (folder / "fruit" / "broken.jpg").write_bytes(b"no picture")
    shutil.copy(next((sample / "images").iterdir()), folder / 'odd "name".jpg')
    return folder


@pytest.fixture
def fresh(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(host, "shared", new_host())
    root = Project.open(photos, tmp_path / "fresh").workspace.root
    host.shared.first = root
    return host.shared.project(root)


def start() -> AppTest:
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    assert not app.exception, [error.value for error in app.exception]
    return app


def sources(app: AppTest) -> list[str]:
    html = "".join(each.proto.body for each in app.get("html"))
    return re.findall(r'src="(/thumb/[^"]+)"', html)


def test_pictures_are_there_before_embedding(fresh: Project) -> None:
    app = start()
    shown = sources(app)
    assert len(shown) == 21  # every third of 62
    assert all(re.fullmatch(rf"/thumb/{fresh.key}/f[0-9a-f]{{40}}", each) for each in shown)
    client = TestClient(Starlette(routes=routes()))
    answers = [client.get(each) for each in shown]
    good = [each for each in answers if each.status_code == 200]
    assert len(good) >= 20
    for each in good:
        assert each.headers["content-type"] == "image/jpeg"
        assert "immutable" in each.headers["cache-control"]
    large = client.get(shown[3].replace("/thumb/", "/picture/"))
    assert large.status_code == 200 and len(large.content) >= len(good[0].content) // 4


def test_the_tree_counts_and_a_folder_that_is_pressed_shows_its_own(
    fresh: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start()
    (drawn,) = [
        data["folders"]
        for each in app.get("bidi_component")
        if "folders" in (data := json.loads(each.proto.json))
    ]
    rows = {folder["name"]: folder["images"] for folder in drawn}
    assert rows["fruit"] == 31 and rows["tool"] == 30
    assert [(each["name"], each["level"]) for each in drawn[:2]] == [("fruit", 1), ("kind 0", 2)]
    place = [each["name"] for each in drawn].index("tool")
    for nothing in ("tool", -1, len(drawn), True):  # what no browser of ours says
        monkeypatch.setattr(mount, "value", lambda key, name, picked=nothing: picked)
        assert not app.run().exception and len(sources(app)) == 21
    monkeypatch.setattr(mount, "value", lambda key, name: place)
    app.run()
    assert not app.exception
    text = "\n".join(each.value for each in app.caption)
    assert "tool: 30 images, 15 of them here" in text or "tool: 30 images, 24 of them" in text
    assert len(sources(app)) in (15, 24)


def test_embedded_images_go_by_their_ids(app: AppTest, project: Project) -> None:
    app.run()
    shown = sources(app)
    assert shown and {each.rsplit("/", 1)[1] for each in shown} <= set(project.pool().ids)


def test_a_token_opens_nothing_else(fresh: Project, photos: Path) -> None:
    client = TestClient(Starlette(routes=routes()))
    token = glimpses.token_of(fresh, "fruit/broken.jpg")
    assert client.get(f"/thumb/{fresh.key}/{token}").status_code == 410
    assert client.get(f"/thumb/nobody/{token}").status_code == 404
    for name in ("f" + "0" * 40, "fruit", "..", "%2e%2e%2fetc%2fpasswd", token[:-1], "a" * 32):
        assert client.get(f"/thumb/{fresh.key}/{name}").status_code == 404
    outside = glimpses.token_of(fresh, "../../etc/passwd")
    assert client.get(f"/thumb/{fresh.key}/{outside}").status_code == 410
    gone = glimpses.token_of(fresh, "no such file.jpg")
    assert client.get(f"/thumb/{fresh.key}/{gone}").status_code == 410


def test_a_changed_file_has_another_token(fresh: Project, photos: Path) -> None:
    path = photos / 'odd "name".jpg'
    before = glimpses.token_of(fresh, path.name)
    assert glimpses.token_of(fresh, path.name) == before
    Image.new("RGB", (40, 30), "red").save(path)
    assert glimpses.token_of(fresh, path.name) != before


def test_tokens_are_bounded(fresh: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glimpses, "MOST", 10)
    tokens = [glimpses.token_of(fresh, f"{number}.jpg") for number in range(30)]
    assert [glimpses.path_of(fresh.key, token) for token in tokens[-10:]] == [
        f"{number}.jpg" for number in range(20, 30)
    ]
    assert glimpses.path_of(fresh.key, tokens[0]) is None


def test_a_glimpse_is_the_thumbnail_of_later(photos: Path, tmp_path: Path) -> None:
    path = photos / 'odd "name".jpg'
    made = glimpse(path, tmp_path / "cache")
    assert made == thumbnail_path(tmp_path / "cache", content_id(path.read_bytes()))
    assert max(Image.open(made).size) <= 224
    changed = made.stat().st_mtime_ns
    assert glimpse(path, tmp_path / "cache") == made and made.stat().st_mtime_ns == changed
    with pytest.raises(UnreadableImage):
        glimpse(photos / "fruit" / "broken.jpg", tmp_path / "cache")


def test_a_new_session_looks_into_the_folder_again(fresh: Project, photos: Path) -> None:
    assert "62 images" in "\n".join(each.value for each in start().markdown)
    (photos / 'odd "name".jpg').unlink()
    assert "61 images" in "\n".join(each.value for each in start().markdown)
