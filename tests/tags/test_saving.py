"""Saving tags into a file that people also edit: what did not change stays as they wrote it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tag_texts import GOOD

from core.prompts import vocabulary as vocabularies
from core.prompts import writing
from core.prompts.vocabulary import Vocabulary, clean
from core.runtime.errors import WinnowError
from core.tags.reading import parse
from core.tags.saving import dump
from core.tags.vocabulary import Derived, Settings, Tag, Tags


def test_saving_nothing_new_changes_no_byte() -> None:
    assert dump(parse(GOOD, "v"), GOOD) == GOOD


def test_an_edit_leaves_the_rest_as_people_wrote_it() -> None:
    tags = parse(GOOD, "v")
    moon = tags["moon"]
    assert isinstance(moon, Tag)
    edited = tags.put(replace(moon, settings=Settings(centre=1.5))).put(Tag("sun")).without("stars")
    edited = edited.without("dark")
    text = dump(edited, GOOD)
    assert parse(text, "v") == edited
    for part in ("# the sky and", "# bright", "# ours", "# both", "label: The Moon"):
        assert part in text
    assert "milky" not in text
    assert vocabularies.parse(text, "v") == vocabularies.parse(GOOD, "v")


def test_tags_survive_saving_classes() -> None:
    changed = Vocabulary.of({"day": ["noon"], "dusk": ["an evening"]})
    text = writing.dump(changed, GOOD)
    assert parse(text, "v") == parse(GOOD, "v")
    assert vocabularies.parse(text, "v") == changed
    assert "# ours" in text
    only_tags = "tags: {a: x}  # mine\n"
    assert vocabularies.parse(only_tags, "v") == Vocabulary()
    assert "# mine" in writing.dump(changed, only_tags)


codes = st.from_regex(r"\A[a-z][a-z0-9_-]{0,8}\Z").filter(
    lambda c: not c.endswith("_band") and c not in ("and", "or", "not", "id", "path", "code")
)
lines = st.text(max_size=30).map(clean)


def hundredths(low: int, high: int) -> st.SearchStrategy[float | None]:
    return st.none() | st.integers(low, high).map(lambda n: n / 100)


by_hand = st.builds(
    Settings,
    centre=hundredths(-500, 500),
    scale=hundredths(10, 500),
    accept=hundredths(60, 100),
    reject=hundredths(0, 40),
)
filled = st.lists(lines.filter(bool), max_size=3).map(tuple)
some_tags = st.lists(
    st.builds(
        Tag,
        code=codes,
        label=lines,
        description=lines,
        type=lines.filter(bool),
        prompts=filled,
        contrast=filled,
        settings=by_hand,
    ),
    max_size=4,
    unique_by=lambda tag: tag.code,
)


@settings(deadline=None, max_examples=50)
@given(some_tags, filled, some_tags)
def test_any_vocabulary_survives_the_file(
    first: list[Tag], templates: tuple[str, ...], second: list[Tag]
) -> None:
    before = Tags(tuple(first), templates=templates)
    after = Tags(tuple(second), (Derived("d--", second[0].code),) if second else ())
    try:
        parse(dump(before), "v"), parse(dump(after), "v")
    except WinnowError as error:
        assert "column" in str(error)  # a code that the table uses
        return
    assert parse(dump(before), "v") == before
    assert parse(dump(after, dump(before)), "v") == after
