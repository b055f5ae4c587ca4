"""The list of questions: names of any kind, damaged files, several writers, nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.runtime.errors import StorageError, WinnowError
from core.runtime.spelling import alike
from core.store import questions
from core.store.questions import FIRST, MOST, Question, columns_of, named, questions_of
from core.store.workspace import Workspace

LIST = "questions.json"


def names(root: Path, removed: bool = False) -> list[str]:
    return [question.name for question in questions_of(root, removed)]


def test_a_workspace_of_before_has_one_question_and_gets_no_file(tmp_path: Path) -> None:
    assert questions_of(tmp_path) == [Question("", FIRST)]
    assert named(tmp_path, None) == named(tmp_path, "question 1") == Question("", FIRST)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Which shape?", "which-shape"),
        ("../x", "x"),
        ("/etc/passwd", "etc-passwd"),
        ("..", "question"),
        ("🍎🍐", "question"),
        ("日本語", "question"),
        ("Größe", "groe"),
        ("con", "question-con"),
        ("LPT1", "question-lpt1"),
        ("a" * 200, "a" * 30),
        ("  spaced   out ", "spaced-out"),
        ("x\u202ey\x1b[2J", "xy-2j"),
    ],
)
def test_names_become_folders_that_stay_inside(tmp_path: Path, name: str, slug: str) -> None:
    added = questions.add(tmp_path, name)
    assert added.slug == slug
    home = Workspace(tmp_path, tmp_path, question=slug).home
    assert home.is_dir() and home.resolve().parent == (tmp_path / "questions").resolve()
    assert named(tmp_path, name) == named(tmp_path, added.name) == named(tmp_path, slug) == added


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "a" * 201])
def test_what_is_no_name_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(WinnowError, match="name of the question"):
        questions.add(tmp_path, name)
    assert questions_of(tmp_path) == [Question("", FIRST)]
    assert not (tmp_path / "questions").exists()


@pytest.mark.parametrize("again", ["Which shape", "which SHAPE", "which_shape", "Which-shape "])
def test_a_name_is_there_once_whatever_its_spelling(tmp_path: Path, again: str) -> None:
    first = questions.add(tmp_path, "Which shape")
    with pytest.raises(WinnowError, match="A question Which shape is there already"):
        questions.add(tmp_path, again)
    other = questions.add(tmp_path, "Other")
    with pytest.raises(WinnowError, match="is there already"):
        questions.rename(tmp_path, other.slug, again)
    assert questions.rename(tmp_path, first.slug, again).slug == first.slug  # its own name


def test_a_removed_question_is_put_back_with_all_it_had(tmp_path: Path) -> None:
    slug = questions.add(tmp_path, "Shape").slug
    label_file = Workspace(tmp_path, tmp_path, question=slug).labels
    label_file.write_bytes(b"labels")
    questions.remove(tmp_path, slug)
    assert (names(tmp_path), names(tmp_path, True)) == ([FIRST], ["Shape"])
    with pytest.raises(WinnowError, match="Shape was removed: put it back"):
        questions.add(tmp_path, "shape")
    with pytest.raises(WinnowError, match=r"There is no question Shape in .*, only: Question 1"):
        named(tmp_path, "Shape")
    questions.put_back(tmp_path, named(tmp_path, "shape", removed=True).slug)
    assert names(tmp_path) == [FIRST, "Shape"]
    assert label_file.read_bytes() == b"labels"


def test_the_first_question_can_go_but_never_the_last(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="only question cannot be removed"):
        questions.remove(tmp_path, "")
    slug = questions.add(tmp_path, "Shape").slug
    questions.remove(tmp_path, "")
    assert named(tmp_path, None).slug == slug
    with pytest.raises(WinnowError, match="only question cannot be removed"):
        questions.remove(tmp_path, slug)
    questions.put_back(tmp_path, "")
    assert names(tmp_path) == [FIRST, "Shape"]


@pytest.mark.parametrize("change", [questions.remove, questions.put_back])
def test_a_question_that_is_not_there_is_said(tmp_path: Path, change: Any) -> None:
    with pytest.raises(WinnowError, match="gone is not in"):
        change(tmp_path, "gone")
    with pytest.raises(WinnowError, match="gone is not in"):
        questions.rename(tmp_path, "gone", "x")


def test_a_name_that_another_had_before_is_never_taken_for_that(tmp_path: Path) -> None:
    old = questions.add(tmp_path, "Shape")
    questions.rename(tmp_path, old.slug, "Form")
    new = questions.add(tmp_path, "shape")
    assert (old.slug, new.slug) == ("shape", "shape-2")
    with pytest.raises(WinnowError, match="name the one that is meant Form or shape-2"):
        named(tmp_path, "shape")
    assert named(tmp_path, "Form").slug == "shape"
    assert named(tmp_path, "shape-2") == new


def test_an_empty_name_is_no_question(tmp_path: Path) -> None:
    questions.rename(tmp_path, "", "Packaged?")
    for name in ("", " ", "Question 1", "?"):
        with pytest.raises(WinnowError, match=r"only: Packaged\?\."):
            named(tmp_path, name)


def test_signs_of_a_name_may_be_left_out(tmp_path: Path) -> None:
    red, apple = questions.add(tmp_path, "Is it red?"), questions.add(tmp_path, "🍎")
    assert named(tmp_path, "is it red") == named(tmp_path, "Is-it-red!") == red
    questions.add(tmp_path, "Is it red!!")
    with pytest.raises(WinnowError, match="no question is it red"):
        named(tmp_path, "is it red")  # it may be either
    with pytest.raises(WinnowError, match="no question 🍐"):
        named(tmp_path, "🍐")
    assert named(tmp_path, "🍎") == apple


def test_a_hundred_questions_fit_and_no_more(tmp_path: Path) -> None:
    for number in range(2, MOST + 1):
        questions.add(tmp_path, f"Question {number} 🍎")
    listed = questions_of(tmp_path)
    assert len(listed) == len({question.slug for question in listed}) == MOST
    assert len(set(columns_of(listed).values())) == MOST
    with pytest.raises(WinnowError, match=f"has {MOST} questions .* at most {MOST}"):
        questions.add(tmp_path, "one more")
    assert len(questions_of(tmp_path)) == MOST
    assert not (tmp_path / "questions" / "one-more").exists()


NAMES = st.text(max_size=30) | st.sampled_from(["a", "A", "a-b", "A_b", "🍎", "🍐", "../x", "con"])


@settings(max_examples=60)
@given(st.lists(NAMES, max_size=8))
def test_any_names_are_kept_or_refused_in_a_sentence(typed: list[str]) -> None:
    with TemporaryDirectory() as folder:
        root, expected = Path(folder), [FIRST]
        for name in typed:
            try:
                expected.append(questions.add(root, name).name)
            except WinnowError as error:
                assert str(error).endswith((".", "choose another.", "another name."))
        listed = questions_of(root)
        assert [question.name for question in listed] == expected
        assert len({alike(name) for name in expected}) == len(expected)
        slugs = [question.slug for question in listed]
        assert len(set(slugs)) == len(slugs) and slugs[0] == ""
        assert all(questions._SLUG.fullmatch(slug) for slug in slugs[1:])
        columns = columns_of(listed)
        assert len(set(columns.values())) == len(listed)
        assert all(column.isidentifier() and column.isascii() for column in columns.values())
        for question in listed:
            try:
                assert named(root, question.name) == question
            except WinnowError as error:  # its name is the folder of another
                assert "short name of another" in str(error)
        assert {path.name for path in (root / "questions").glob("*")} == set(slugs[1:])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"questions"',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"format": 1}',
        b'{"format": 1e999, "questions": []}',
        b'{"format": "new", "questions": []}',
        b'{"format": 1, "questions": []}',
        b'{"format": 1, "questions": {}}',
        b'{"format": 1, "questions": ["a"]}',
        b'{"format": 1, "questions": [{"slug": "a"}]}',
        b'{"format": 1, "questions": [{"slug": "../x", "name": "x"}]}',
        b'{"format": 1, "questions": [{"slug": "a/b", "name": "x"}]}',
        b'{"format": 1, "questions": [{"slug": "a", "name": ""}]}',
        b'{"format": 1, "questions": [{"slug": "a", "name": "x", "removed": "no"}]}',
        b'{"format": 1, "questions": [{"slug": "a", "name": "x", "removed": true}]}',
        b'{"format": 1, "questions": [{"slug": "a", "name": "x"}, {"slug": "a", "name": "y"}]}',
    ],
)
def test_a_damaged_list_is_said_and_never_written_over(tmp_path: Path, content: bytes) -> None:
    slug = questions.add(tmp_path, "Shape").slug
    Workspace(tmp_path, tmp_path, question=slug).labels.write_bytes(b"labels")
    (tmp_path / LIST).write_bytes(content)
    with pytest.raises(WinnowError, match="cannot be read") as caught:
        questions_of(tmp_path)
    assert LIST in str(caught.value) and "put-back" in str(caught.value)
    with pytest.raises(WinnowError, match="cannot be read"):
        questions.add(tmp_path, "Another")
    assert (tmp_path / LIST).read_bytes() == content
    assert questions.title(Workspace(tmp_path, tmp_path, question=slug)) == slug
    # What the sentence says to do brings everything back.
    (tmp_path / LIST).unlink()
    assert (names(tmp_path), names(tmp_path, True)) == ([FIRST], ["shape"])
    questions.put_back(tmp_path, "shape")
    assert questions.rename(tmp_path, "shape", "Shape").slug == slug
    assert named(tmp_path, "Shape").slug == slug


def test_a_list_of_a_newer_winnow_is_refused(tmp_path: Path) -> None:
    (tmp_path / LIST).write_text(json.dumps({"format": 2, "questions": []}))
    with pytest.raises(WinnowError, match="newer Winnow"):
        questions_of(tmp_path)


def test_what_a_list_does_not_name_can_be_put_back(tmp_path: Path) -> None:
    for name in ("Shape", "Form", "Empty"):
        questions.add(tmp_path, name)
    for slug in ("shape", "form"):
        Workspace(tmp_path, tmp_path, question=slug).labels.write_bytes(b"x")
    entries = [{"slug": "form", "name": "shape"}]  # an edit by hand, with a name of another
    (tmp_path / LIST).write_text(json.dumps({"format": 1, "questions": entries}))
    (tmp_path / "questions" / "a file").write_text("")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "labels.sqlite").write_bytes(b"x")
    (tmp_path / "questions" / "link").symlink_to(outside)
    assert names(tmp_path) == ["shape"]
    assert names(tmp_path, True) == [FIRST, "shape again"]
    questions.put_back(tmp_path, "")
    assert names(tmp_path) == ["shape", FIRST]


def test_two_processes_add_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from core.store import questions\n"
        "for number in range(15): questions.add(Path(sys.argv[1]), f'{sys.argv[2]} {number}')"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), who]) for who in ("ann", "bob")
    ]
    assert [process.wait(60) for process in both] == [0, 0]
    listed = names(tmp_path)
    assert sorted(listed) == sorted(
        [FIRST, *(f"{who} {number}" for who in ("ann", "bob") for number in range(15))]
    )
    for who in ("ann", "bob"):  # each in its own order
        own = [name for name in listed if name.startswith(who)]
        assert own == [f"{who} {number}" for number in range(15)]


def test_a_list_that_somebody_holds_for_long_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "PATIENCE", 0.05)
    with questions._writing(tmp_path), pytest.raises(StorageError, match="somebody else"):
        questions.add(tmp_path, "x")


def test_a_workspace_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(questions, "write_atomic", full)
    with pytest.raises(WinnowError, match="is full: free some space"):
        questions.add(tmp_path, "x")
    assert names(tmp_path) == [FIRST]
