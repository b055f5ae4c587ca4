"""Damaged tables of labels and captions: separators, quotes, line ends, encodings, bytes."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from colours import ColourEncoder, write_pictures
from mutations import mutated

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.data.caption_import import matched
from core.services.data.label_import import import_labels
from core.services.data.label_review import review
from core.store.csv_tables import read_captions, read_labels, rejected_csv, write_labels
from fuzzing import Case

COUNT = 2_000
_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []  # removed when the process ends
_CLASSES = {"Rot": ["red"], "Oat-Milk": ["oat milk"], "größer": ["larger"], "001": ["a part"]}
_LABELS = (
    *_CLASSES, "rot", "oat milk", "x, y", 'say "it"', "", " ", "a\nb", "é", "e\u0301", "\u200b",
    "=1+1", '="001"', "猫", "мышь", "n" * 300, "null", "#", "path", "label", "0", "\ufeffRot",
)  # fmt: skip
_PATHS = tuple(f"p{n:04d}.jpg" for n in range(12))
_FORMS: tuple[Callable[[str], str], ...] = (
    str, str, str, str.upper, "./{}".format, ".\\{}".format, " {}".format, "{}\u200b".format,
    "pictures/{}".format, "file:///nowhere/pictures/{}".format, "gone/{}".format,
)  # fmt: skip
_CODECS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "cp1251",
           "cp932", "gb18030")  # fmt: skip
_PIECES = ('"', '""', ",", ";", "\t", "|", "\r", "\n", "\r\n", "\0", "#", "\u2028", "sep=;\n",
           "path,label\n", ",,,", "\ufeff", " ", "'", "\\", "x" * 200_000)  # fmt: skip


def cases(seed: int, count: int) -> Iterator[Case]:
    """Tables of a few rows with some damage each."""
    chance = random.Random(seed)
    for number in range(count):
        kind = chance.choice(("label", "label", "caption"))
        text = _table(chance, kind)
        for _ in range(chance.choice((0, 1, 1, 2, 5))):
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(_PIECES) + text[at + chance.choice((0, 0, 1, 9)) :]
        codec = chance.choice(_CODECS)
        data = text.encode(codec, "replace")
        if chance.random() < 0.3:
            data = mutated(data, chance)
        yield f"{number}-{kind}-{codec}", data


def run(case: Case) -> str:
    """Read, look at, import, write and read again, as the page and the command do."""
    name, data = case
    assert isinstance(data, bytes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(data)
        return _captions(path) if "-caption-" in name else _labels(path)


def _labels(path: Path) -> str:
    project, table = _project(), read_labels(path)
    assert table.rows == len(table) + len(table.rejected)
    seen = review(project.snapshot(), table)
    assert seen.rows == len(seen.labels) + len(seen.rejected) == table.rows
    for text in (*seen.remarks("It"), *seen.outside("It")):
        assert "\n" not in text
    rejected_csv(seen.rejected)
    outcome = "no image"
    if seen.labels:
        done = import_labels(project, table, "me")
        snapshot = project.snapshot()
        labeled = snapshot.labels.codes >= 0
        assert done.labels == len(seen.labels) == labeled.sum()
        assert sum(seen.unknown.values()) == (snapshot.human[labeled] < 0).sum()
        project.labels.undo(done.batch, "me")
        outcome = "imported"
    write_labels(path, [(name, label, "me", "it") for name, label in table.items()])
    assert dict(read_labels(path)) == dict(table)
    return outcome


def _captions(path: Path) -> str:
    captions = read_captions(path)
    try:
        matched(_project().snapshot(), captions)
    except WinnowError:
        return "no image"
    return "captions"


@cache
def _project() -> Project:
    """A small collection, embedded once; it lasts as long as the process."""
    folder = tempfile.TemporaryDirectory(prefix="winnow-fuzz-")
    _FOLDERS.append(folder)
    root = Path(folder.name)
    write_pictures(root / "pictures", len(_PATHS))
    project = Project.open(root / "pictures", root / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    project.vocabulary_file.save_classes(Vocabulary.of(_CLASSES))
    return project


def _table(chance: random.Random, kind: str) -> str:
    separator, end = chance.choice(",,,;\t|"), chance.choice(("\n", "\n", "\r\n", "\r"))
    header = chance.choice((f"path,{kind}", f"Path,{kind} ", f"File Name,{kind.upper()},x",
                            f'"path","{kind}"', f"{kind},path", f"#path,{kind}"))  # fmt: skip
    rows = [header.replace(",", separator)]
    first = header.lower().startswith(kind)
    for _ in range(chance.randrange(12)):
        cells = [chance.choice(_FORMS)(chance.choice(_PATHS)), chance.choice(_LABELS)]
        cells = cells[::-1] if first else cells
        cells += [""] * chance.choice((0, 0, 0, 1, 3))
        quoted = chance.random() < 0.6
        rows.append(
            separator.join('"' + c.replace('"', '""') + '"' if quoted else c for c in cells)
        )
    return end.join(rows) + chance.choice((end, ""))
