"""The vocabulary file: read once, written by one at a time, never half there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from core.project import vocabulary_file
from core.project.vocabulary_file import VocabularyFile
from core.prompts import yaml_file
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.tags.vocabulary import Tag, Tags

TEXT = "# mine\nclasses:\n  a: [an a]\n  b: [a b]  # two\ntags:\n  moon: the moon  # full\n"
TWO = Vocabulary.of({"a": ["an a"], "b": ["a b"]})
OPEN = """\
import sys
from pathlib import Path
from core.project.vocabulary_file import VocabularyFile
from core.prompts.vocabulary import Vocabulary
from core.tags.vocabulary import Tag
root, name = Path(sys.argv[1]), sys.argv[2]
file = VocabularyFile(root / "vocabulary.yaml", root / "history.jsonl")
"""


def opened(root: Path) -> VocabularyFile:
    return VocabularyFile(root / "vocabulary.yaml", root / "history.jsonl")


@pytest.fixture
def file(tmp_path: Path) -> VocabularyFile:
    return opened(tmp_path / "workspace")


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The texts that were parsed."""
    texts: list[str] = []
    load = yaml_file.load

    def counted(text: str, where: str) -> yaml_file.Document:
        texts.append(text)
        return load(text, where)

    monkeypatch.setattr(yaml_file, "load", counted)
    yield texts


def started(root: Path, name: str, loop: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", OPEN + loop, str(root), name])


# -- reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_without_a_file_or_text_there_is_nothing(file: VocabularyFile, text: str | None) -> None:
    if text is not None:
        file.path.parent.mkdir()
        file.path.write_text(text)
    assert (file.text(), file.classes(), file.tags()) == (text or "", Vocabulary(), Tags())
    assert file.versions() == []


def test_a_text_is_parsed_once_for_both_halves(file: VocabularyFile, parses: list[str]) -> None:
    file.save_text(TEXT)
    parses.clear()
    for _ in range(3):
        assert file.classes() == TWO
        assert file.tags().codes == ["moon"]
    assert parses == [TEXT]


def test_a_change_is_seen_though_time_and_size_stay_as_they_were(file: VocabularyFile) -> None:
    file.save_text(TEXT)
    before = file.path.stat()
    assert file.tags()["moon"].description == "the moon"
    file.path.write_text(TEXT.replace("the moon", "one moon"))  # by hand, in another program
    os.utime(file.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.path.stat().st_size == before.st_size
    assert file.tags()["moon"].description == "one moon"


def test_one_half_is_read_though_the_other_is_wrong(file: VocabularyFile) -> None:
    file.save_text(TEXT)
    file.path.write_text(TEXT.replace("the moon", "{size: 3}"))
    assert file.classes() == TWO
    with pytest.raises(WinnowError, match=r"vocabulary\.yaml line 6: tags\.moon\.size"):
        file.tags()
    file.save_classes(Vocabulary.of({"c": ["a c"], "d": ["a d"]}))
    assert "size: 3" in file.text()


def test_what_is_no_text_is_said(file: VocabularyFile) -> None:
    file.path.parent.mkdir()
    file.path.write_bytes(b"\xff\xfe\x00")
    for read in (file.text, file.classes, file.tags):
        with pytest.raises(WinnowError, match="UTF-8"):
            read()
    file.save_text(TEXT)
    assert file.text() == TEXT


# -- writing -------------------------------------------------------------------------------------


def test_comments_and_the_other_half_survive(file: VocabularyFile) -> None:
    file.save_text(TEXT)
    assert file.save_tags(Tags((Tag("moon", "", "the moon"), Tag("sun")))).codes == ["moon", "sun"]
    file.save_classes(Vocabulary.of({"a": ["an a"], "b": ["a b"], "c": ["a c"]}))
    for comment in ("# mine", "# two", "# full"):
        assert comment in file.text()
    assert file.classes().names == ["a", "b", "c"]
    assert file.tags().codes == ["moon", "sun"]


@pytest.mark.parametrize("way", ["classes", "text"])
def test_the_history_begins_with_what_was_there(file: VocabularyFile, way: str) -> None:
    file.path.parent.mkdir()
    file.path.write_text(TEXT)  # by hand
    after = Vocabulary.of({"x": ["an x"], "y": ["a y"]})
    if way == "classes":
        file.save_classes(after)
    else:
        file.save_text("classes: {x: [an x], y: [a y]}\n")
    assert [version.vocabulary for version in file.versions()] == [TWO, after]


def test_tags_make_no_version(file: VocabularyFile) -> None:
    file.save_text(TEXT)
    file.save_text(TEXT.replace("the moon", "a moon"))
    file.update_tags(lambda tags: tags.put(Tag("sun")))
    assert [version.vocabulary for version in file.versions()] == [TWO]


def test_an_update_that_changes_nothing_writes_nothing(file: VocabularyFile) -> None:
    file.update_classes(lambda classes: classes)
    file.update_tags(lambda tags: tags)
    assert not file.path.exists()
    file.save_text(TEXT)
    file.update_classes(lambda classes: classes)
    assert (file.text(), len(file.versions())) == (TEXT, 1)


def test_what_a_change_raises_ends_the_update_and_lets_go(file: VocabularyFile) -> None:
    def refuse(classes: Vocabulary) -> Vocabulary:
        raise WinnowError("no")

    with pytest.raises(WinnowError, match="no"):
        file.update_classes(refuse)
    assert file.update_classes(lambda _: TWO) == TWO


@pytest.mark.parametrize("broken", ["tags: [", "classes: {a: [x], a: [y]}", "- 1"])
def test_only_a_whole_text_replaces_a_broken_file(file: VocabularyFile, broken: str) -> None:
    file.save_text(TEXT)
    file.path.write_text(broken)
    with pytest.raises(WinnowError):
        file.save_classes(TWO)
    with pytest.raises(WinnowError):
        file.update_tags(lambda _: Tags((Tag("sun"),)))
    assert file.text() == broken
    file.save_text(TEXT)
    assert file.classes() == TWO


def test_what_could_not_be_read_again_is_not_written(file: VocabularyFile) -> None:
    file.save_text(TEXT)
    with pytest.raises(WinnowError, match="without a name"):
        file.save_classes(Vocabulary((("", ("x",)), ("b", ("y",)))))
    with pytest.raises(WinnowError, match="characters"):
        file.save_classes(Vocabulary((("a", ("x" * 1_000_000,)), ("b", ("y",)))))
    with pytest.raises(WinnowError, match="column"):
        file.save_tags(Tags((Tag("path"),)))
    assert file.text() == TEXT
    assert len(file.versions()) == 1


def test_a_prompts_file_is_adopted_once(file: VocabularyFile, tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.yaml"
    assert not file.adopt(prompts)
    prompts.write_text("classes:\n  a: [an a]\n")
    with pytest.raises(WinnowError, match="only one class"):
        file.adopt(prompts)
    assert not file.path.exists()
    prompts.write_text("classes:\n  a: [an a]\n  b: [a b]\n")
    assert file.adopt(prompts)
    assert file.classes() == TWO
    assert not file.adopt(prompts)


# -- several at once -----------------------------------------------------------------------------


def test_two_processes_and_this_one_lose_nothing(file: VocabularyFile) -> None:
    root = file.path.parent
    file.save_text(TEXT)
    loop = """
for number in range(50):
    added = ((f"{name} {number}", (f"a {name} {number}",)),)
    if number % 2:
        file.update_classes(lambda classes: Vocabulary((*classes.classes, *added)))
    else:
        file.update_tags(lambda tags: tags.put(Tag(f"{name}_{number}")))
"""
    processes = [started(root, name, loop) for name in ("cat", "dog")]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda n: file.update_tags(lambda t: t.put(Tag(f"own_{n}"))), range(10)))
    assert [process.wait() for process in processes] == [0, 0]
    classes = {f"{name} {number}" for name in ("cat", "dog") for number in range(1, 50, 2)}
    assert set(file.classes().names) == {"a", "b", *classes}
    codes = {f"{name}_{number}" for name in ("cat", "dog") for number in range(0, 50, 2)}
    assert set(file.tags().codes) == {"moon", *codes, *(f"own_{number}" for number in range(10))}
    assert "# full" in file.text()
    assert len((root / "history.jsonl").read_text().splitlines()) == 1 + len(classes)


def test_a_reader_meanwhile_sees_whole_files_only(file: VocabularyFile) -> None:
    file.save_text(TEXT)
    loop = """
for number in range(60):
    file.update_tags(lambda tags: tags.put(Tag("moon", "", "moon " * (number % 60 + 1))))
"""
    process = started(file.path.parent, "", loop)
    while process.poll() is None:
        assert file.tags().codes == ["moon"]
        assert file.classes() == TWO
    assert process.returncode == 0


@pytest.mark.parametrize("moment", [0.01, 0.03, 0.07, 0.12])
def test_a_kill_while_saving_leaves_a_file_that_can_be_read(
    file: VocabularyFile, moment: float
) -> None:
    root = file.path.parent
    file.save_text(TEXT)
    loop = """
(root / "begun").touch()
for number in range(10_000):
    added = ((f"c {number}", ("a c",)),)
    file.update_classes(lambda classes: Vocabulary((*classes.classes[-40:], *added)))
"""
    process = started(root, "", loop)
    while not (root / "begun").exists():
        time.sleep(0.005)
    time.sleep(moment)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    names = file.classes().names
    assert file.tags().codes == ["moon"]
    assert (
        opened(root).update_classes(lambda c: replace(c, classes=c.classes[:2])).names
        == (names[:2])
    )
    assert file.versions()[-1].vocabulary.names == names[:2]


def test_who_waits_too_long_is_told(file: VocabularyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary_file, "PATIENCE", 0.05)
    file.save_text(TEXT)
    with (
        FileLock(file.path.with_name(".vocabulary.yaml.lock")),
        ThreadPoolExecutor(1) as threads,
        pytest.raises(WinnowError, match="by somebody else"),
    ):
        threads.submit(file.save_classes, TWO).result()
    assert file.text() == TEXT
