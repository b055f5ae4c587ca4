"""An archive whose names fit several encodings is asked about before it is unpacked."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from hosts import new_host
from images.unpacking.archive_builders import entry, raw_zip, zip_of
from streamlit.testing.v1 import AppTest

from core.images.archives import unpacked
from core.runtime.progress import Report
from core.store.places import unpacked_root
from core.ui.data.naming import Unsure, opening_path, opening_uploads
from core.ui.session import host

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"
UNSURE = "猫.jpg".encode("gb18030")


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(host, "shared", new_host())


def waited(app: AppTest, until) -> AppTest:
    for _ in range(100):
        app.run()
        assert not app.exception, app.exception
        if until(app):
            return app
        time.sleep(0.1)
    raise AssertionError("nothing came")


def test_the_names_are_shown_in_each_encoding_and_the_chosen_one_is_used(tmp_path: Path) -> None:
    archive = raw_zip(tmp_path / "x.zip", entry(UNSURE))
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    app.text_input(key="open-folder").set_value(str(archive))
    next(button for button in app.button if button.label == "Open").click()
    waited(app, lambda a: any(box.label == "Encoding" for box in a.selectbox))
    assert unpacked(archive, unpacked_root(archive)) is None  # asked beforehand
    app.selectbox(key="names-encoding").set_value("gb18030").run()
    assert app.dataframe[0].value["names"].tolist() == ["猫.jpg"]
    app.selectbox(key="names-encoding").set_value("cp850").run()
    assert app.dataframe[0].value["names"].tolist() == ["├¿.jpg"]
    app.selectbox(key="names-encoding").set_value("gb18030").run()
    app.button(key="names-take").click()
    folder = unpacked_root(archive)
    waited(app, lambda a: unpacked(archive, folder) is not None)
    assert (folder / "猫.jpg").is_file()


def test_what_is_sure_or_was_chosen_before_is_not_asked(tmp_path: Path) -> None:
    sure = zip_of(tmp_path / "a.zip", ["写真の商品.jpg", "ソファ.jpg", "能力.jpg"], "cp932")
    assert (Path(opening_path(sure)(Report())) / "ソファ.jpg").is_file()
    unsure = raw_zip(tmp_path / "b.zip", entry(UNSURE))
    asked = opening_path(unsure)(Report())
    assert isinstance(asked, Unsure) and asked.name == "b.zip"
    folder = asked.unpack(Report(), "gb18030")
    assert opening_path(unsure)(Report()) == folder
    assert (folder / "猫.jpg").is_file()


def test_uploads_are_asked_about_too(tmp_path: Path) -> None:
    data = raw_zip(tmp_path / "b.zip", entry(UNSURE)).read_bytes()
    asked = opening_uploads([("b.zip", io.BytesIO(data))])(Report())
    assert isinstance(asked, Unsure)
    assert (asked.unpack(Report(), "gb18030") / "猫.jpg").is_file()
    plain = raw_zip(tmp_path / "c.zip", entry(b"a.jpg")).read_bytes()
    folder = opening_uploads([("c.zip", io.BytesIO(plain))])(Report())
    assert isinstance(folder, Path) and (folder / "a.jpg").is_file()
