"""Fields of a delivery that a model file reads beside the pictures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from colours import ColourEncoder
from services.deliveries.delivering import pictures, received
from services.sorter.words.titled import titled

from core.runtime.progress import Report
from core.services.deliveries.field_table import FieldTable
from core.services.deliveries.fields import Fields
from core.services.deliveries.speaking import speech_of
from core.services.deliveries.taking import export
from core.services.sorter.making import make_sorter
from core.sorter.sorter import Sorter


@pytest.fixture(scope="module")
def sorter(tmp_path_factory: pytest.TempPathFactory) -> Sorter:
    return make_sorter(titled(tmp_path_factory.mktemp("titled"))[1], "titled")


def fields(titles: dict[str, str], whole: dict[str, str] | None = None) -> Fields:
    rows = {path: {"Title": title} for path, title in titles.items()}
    lines = {path: line for line, path in enumerate(titles, 2)}
    return Fields(whole or {}, (), FieldTable(["Title"], rows, lines))


def test_titles_of_a_delivery_decide_and_are_on_record(sorter: Sorter, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "May", (4, 4, 4), 1)
    names = sorted(path.name for path in folder.iterdir())
    titles = dict.fromkeys(names[:8], "a red thing")
    with_words = received(folder, sorter, tmp_path / "a", fields(titles))
    bare = received(folder, sorter, tmp_path / "b")
    said = dict(with_words.frame.select("path", "class").iter_rows())
    assert [said[name] for name in names[:8]] == ["red"] * 8
    silent = with_words.frame["path"].is_in(names[:8]).not_()
    columns = ["path", "class", "probability"]
    assert with_words.frame.filter(silent)[columns].equals(bare.frame.filter(silent)[columns])
    # How it differs from what was before is told by the pictures, of which the file knows enough.
    assert with_words.record.shares == bare.record.shares
    export(tmp_path / "a", with_words.record, sorter, ColourEncoder(), tmp_path / "out", Report())
    copied = Counter(path.parent.name for path in (tmp_path / "out").glob("*/*.jpg"))
    assert copied["red"] == Counter(said.values())["red"]


def test_a_field_of_the_whole_delivery_speaks_too(sorter: Sorter, tmp_path: Path) -> None:
    folder, notes = pictures(tmp_path / "May", (1, 1, 1), 1), list[str]()
    whole = Fields({"title": "a blue thing"})
    speech = speech_of(sorter, whole, notes.append)
    assert speech is not None and set(speech(folder, ["a.jpg", "b.jpg"])) == {"a blue thing"}
    assert "title" in notes[0]
    assert set(received(folder, sorter, tmp_path / "a", whole).frame["class"]) == {"blue"}


def test_fields_of_other_names_say_nothing(sorter: Sorter) -> None:
    assert speech_of(sorter, Fields({"vendor": "red"}, ("vendor",))) is None
    silent = Sorter(**(vars(sorter) | {"words": None}))
    assert speech_of(silent, Fields({"title": "red"})) is None
