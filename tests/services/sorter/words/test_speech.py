"""Words that come with a folder: rows of a table found, and judged beside the pictures."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from colours import ColourEncoder, write_pictures
from services.sorter.words.titled import class_of, titled, titles_of

from core.runtime.errors import WinnowError
from core.services.predict.word_template import WordTemplate
from core.services.sorter.classifying import Classified, classified
from core.services.sorter.making import make_sorter
from core.services.sorter.parts import beside
from core.services.sorter.words.speech import Speech, filled, of_table, template_of
from core.sorter.sorter import Sorter

TITLE = WordTemplate.parse("{title}")


@pytest.fixture(scope="module")
def sorter(tmp_path_factory: pytest.TempPathFactory) -> Sorter:
    return make_sorter(titled(tmp_path_factory.mktemp("titled"))[1], "titled")


@pytest.fixture
def folder(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    return tmp_path / "new", write_pictures(tmp_path / "new", 40, seed=5)


def classify(
    folder: Path, sorter: Sorter, speech: Speech | None
) -> tuple[pl.DataFrame, Classified]:
    place = beside(folder.with_name("out.csv"))
    with classified(folder, sorter, ColourEncoder(), place, part=16, speech=speech) as done:
        return pl.concat(done.parts.frames()), done


def write_table(path: Path, titles: dict[str, str], *, name: str = "path") -> Path:
    rows = [f'"{key}","{title}"' for key, title in titles.items()]
    path.write_text("\n".join([f"{name},Title", *rows, "nowhere.jpg,a red thing"]))
    return path


def test_words_decide_where_there_are_some_and_pictures_where_not(
    sorter: Sorter, folder: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    images, truth = folder
    titles, notes = titles_of(truth, seed=1), list[str]()
    table = write_table(tmp_path / "t.csv", titles)
    with_words, done = classify(images, sorter, of_table(table, TITLE, note=notes.append))
    without, bare = classify(images, sorter, None)
    assert done.spoken == sum(map(bool, titles.values())) and bare.spoken is None
    silent = pl.Series([not titles[path] for path in with_words["path"]])
    assert with_words.filter(silent).equals(without.filter(silent))
    right = [
        sorter.names[row["class"]] == class_of(titles[row["path"]], truth[row["path"]])
        for row in with_words.to_dicts()
    ]
    assert sum(right) >= 38
    assert any("1 of 41 rows" in note for note in notes)


def test_rows_name_images_by_any_column(
    sorter: Sorter, folder: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    images, truth = folder
    titles = {path.removesuffix(".jpg"): title for path, title in titles_of(truth).items()}
    table = write_table(tmp_path / "t.csv", titles, name="sku")
    found = of_table(table, TITLE, note=[].append)(images, list(truth))
    by_key = of_table(table, TITLE, "sku", note=[].append)(images, list(truth))
    assert found == by_key == list(titles.values())


def test_an_interrupted_run_with_other_words_does_not_go_on(
    sorter: Sorter, folder: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    images, truth = folder
    place, notes = beside(tmp_path / "out.csv"), list[str]()
    with pytest.raises(RuntimeError), classified(images, sorter, ColourEncoder(), place, part=16):
        raise RuntimeError
    table = write_table(tmp_path / "t.csv", titles_of(truth))
    speech = of_table(table, TITLE, note=[].append)
    with classified(
        images, sorter, ColourEncoder(), place, part=16, speech=speech, note=notes.append
    ) as done:
        assert done.encoded == 40
    assert "the words was another" in notes[0]


def test_what_cannot_be_read_is_one_sentence(
    sorter: Sorter, folder: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    images, truth = folder
    table = write_table(tmp_path / "t.csv", titles_of(truth))
    with pytest.raises(WinnowError, match="no column 'brand'"):
        of_table(table, WordTemplate.parse("{title}, {brand}"))
    nowhere = write_table(tmp_path / "n.csv", {"other.jpg": "a red thing"})
    with pytest.raises(WinnowError, match="names an image"):
        of_table(nowhere, TITLE)(images, list(truth))
    with pytest.raises(WinnowError, match="judges pictures alone"):
        template_of(Sorter(**(vars(sorter) | {"content": without_words(sorter)})))
    assert template_of(sorter, "{a} {b}").columns == ("a", "b")


def without_words(sorter: Sorter):
    return sorter.content.model_copy(update={"words": None})


def test_names_of_columns_are_read_as_people_read_them() -> None:
    template = WordTemplate.parse("{title}. {Brand}")
    assert filled(template, {"TITLE": "A coat", "brand ": "Ada", "x": "y"}) == "A coat. Ada"
    assert filled(template, {"x": "y"}) == ""
