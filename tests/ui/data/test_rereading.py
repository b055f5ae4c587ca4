"""The Data page: files that were edited in place, pasted paths, what was passed over."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hosts import new_host
from streamlit.testing.v1 import AppTest

from core.images.hash import content_id
from core.project.pool import load_pool
from core.store.places import default_root
from core.store.workspace import load
from core.ui.session import host

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"


@pytest.fixture
def photos(sample: Path, embedded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a space in its name, its workspace in a data folder of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(host, "shared", new_host())
    folder = tmp_path / "my photos"
    shutil.copytree(sample, folder)
    root = default_root(folder)
    shutil.copytree(embedded, root)
    text = (root / "workspace.toml").read_text()
    (root / "workspace.toml").write_text(text.replace(str(load(root).images), str(folder)))
    return folder


def opened(typed: str) -> AppTest:
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    app.text_input(key="open-folder").set_value(typed)
    next(button for button in app.button if button.label == "Open").click().run()
    assert not app.exception, [error.value for error in app.exception]
    return app


def texts(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


@pytest.mark.parametrize("form", ['"{}"', "'{}/'", "  {}  ", "file://{}", "\u202a{}"])
def test_a_pasted_path_opens_the_folder(photos: Path, form: str) -> None:
    path = quote(str(photos)) if form.startswith("file") else str(photos)
    app = opened(form.format(path))
    for _ in range(300):  # it is counted behind the page
        if "The folder holds **60 images**" in texts(app):
            return
        time.sleep(0.1)
        app.run()
    raise AssertionError(texts(app))


def test_a_file_that_kept_size_and_time_is_read_again(photos: Path) -> None:
    pool = load_pool(load(default_root(photos)))
    one = photos / pool.paths[0]
    before = one.stat()
    data = bytearray(one.read_bytes())
    data[-20] ^= 1  # a pixel, so that the length stays
    one.write_bytes(data)
    os.utime(one, ns=(before.st_atime_ns, before.st_mtime_ns))
    app = opened(str(photos))
    assert "**0** are new or changed" in texts(app)
    app.checkbox(key="embed-anew").check().run()
    app.button(key="embed").click().run()
    for _ in range(200):
        if content_id(bytes(data)) in load_pool(load(default_root(photos))).ids:
            break
        time.sleep(0.1)
        app.run()
    assert content_id(bytes(data)) in load_pool(load(default_root(photos))).ids
    assert not app.exception


def test_what_was_passed_over_is_shown(photos: Path) -> None:
    (photos / "#recycle").mkdir()
    (photos / "raw.nef").write_bytes(b"x")
    app = opened(str(photos))
    assert "a recycle bin" in texts(app)
    assert "a picture of a kind that is not read" in texts(app)
