"""Damaged vocabulary files: words, signs and nesting where none fit in classes, tags and rules."""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mutations import mutated
from tag_texts import GOOD

from core.project.vocabulary_file import VocabularyFile
from core.prompts.vocabulary import Vocabulary, parse
from core.runtime.errors import WinnowError
from core.services.prompts.repairing import last_version, repair_of
from core.tags.vocabulary import Tag
from fuzzing import Case

COUNT = 1_000
_SEEDS = (
    GOOD,
    "classes:\n  001: [a part, 007]   # x\n  1e5: y\n  no: [null, ~, ]\n  True: {}\n  null: z\n",
    "classes:\n  café: [a, b]\n  2024-05-01:\n  'a: b': \"q\"\n  ? long\n  : [x]\n",
    "classes: &c\n  a: &p [x, y]\n  b: *p\n"
    "tags:\n  - code: moon\n    prompts: [x]\n  - {code: sun}\n",
    "templates: ['{label}']\ntags: {a: x, b: [y, z], c: {contrast: w, accept: 0.9}}\n"
    "derived: {d: a & b, e: {rule: not (a | c), label: E}}\n",
)
_PIECES = (
    "\n", "  ", "\t", ": ", "- ", "? ", "[", "]", "{", "}", "'", '"', "#", "&a ", "*a", "!!int ",
    "!!binary ", "!!set ", "<<: *p\n", "~", "null", "1e9", ".inf", "0x1F", "2024-01-01", "---\n",
    "%YAML 1.1\n", "|\n", ">\n", "\u200b", "\ufeff", "\u00a0", "é", "e\u0301", "\0", "\x85",
    "\u2028", "(" * 60, "a & ", " and not ", "  A: [x]\n", "  a: [x]\n", "n" * 300, "classes:\n",
    "tags:\n", "derived:\n", "accept: 2\n", "code: x\n", "[" * 50, "🏴",
)  # fmt: skip
_WORDS = (
    "~", "null", "True", "1e9", ".5", "007", "0x1F", "2024-01-01", "''", "café", "cafe\u0301",
    "a\u200bb", "\u00a0a", "A", "m\u200cn", "\"\\0\"", "'x  y'", "&z v", "*z", "!!str 5", "{}",
    "[]", "[a, 1]", "n" * 300, "'- x'", "'#'", "=", "<<", "👩\u200d🍳",
)  # fmt: skip


def cases(seed: int, count: int) -> Iterator[Case]:
    """Files of people with some damage each."""
    chance = random.Random(seed)
    for number in range(count):
        text = chance.choice(_SEEDS)
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            text = chance.choice((_word, _word, _line, _anywhere))(text, chance)
        data = text.encode()
        if chance.random() < 0.1:
            data = mutated(data, chance)
        yield f"{number}", data


def _word(text: str, chance: random.Random) -> str:
    """Another word, or none, in the place of one."""
    words = list(re.finditer(r"\w+", text))
    word = chance.choice(words) if words else re.search("$", text)
    assert word is not None
    other = chance.choice((*_WORDS, chance.choice(words)[0] if words else ""))
    return text[: word.start()] + other + text[word.end() :]


def _line(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True) or ["a: b\n"]
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return "".join(lines)


def _anywhere(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(_PIECES) + text[at + chance.choice((0, 0, 3)) :]


def run(case: Case) -> str:
    """Read both parts; add to each what the pages add; repair what cannot be read."""
    _, data = case
    assert isinstance(data, bytes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vocabulary.yaml"
        path.write_bytes(data)
        file = VocabularyFile(path, Path(folder) / "history")
        outcomes = [_classes(file), _tags(file)]
        return ", ".join(outcomes)


def _classes(file: VocabularyFile) -> str:
    try:
        before = file.classes()
    except WinnowError as error:
        assert "\n" not in str(error), str(error)
        for repair in filter(None, (repair_of(file), last_version(file))):
            parse(repair.text, "the repaired file")
        return "no classes"
    tags = _readable_tags(file)
    added = Vocabulary((*before.classes, ("one more", ("007", "null"))))
    try:
        file.save_classes(added)
    except WinnowError as error:  # merged keys, for one, cannot be written as they were
        assert "\n" not in str(error), str(error)
        assert file.classes() == before
        return "classes that are not written"
    assert file.classes() == added
    assert _readable_tags(file) == tags
    file.save_classes(before)
    assert file.classes() == before
    return "classes"


def _tags(file: VocabularyFile) -> str:
    before = _readable_tags(file)
    if before is None:
        return "no tags"
    classes = _readable_classes(file)
    after = before.put(Tag("one_more", description="007"))
    try:
        file.save_tags(after)
    except WinnowError as error:
        assert "\n" not in str(error), str(error)
        return "tags that are not written"
    assert file.tags() == after
    assert _readable_classes(file) == classes
    return "tags"


def _readable_tags(file: VocabularyFile) -> object:
    try:
        return file.tags()
    except WinnowError as error:
        assert "\n" not in str(error), str(error)
        return None


def _readable_classes(file: VocabularyFile) -> object:
    try:
        return file.classes()
    except WinnowError:
        return None
