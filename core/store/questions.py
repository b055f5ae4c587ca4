"""The questions of a workspace: each has its own classes, labels, audit images and exports.

The collection with its vectors, captions, tags and measures of quality is shared. The first
question lies in the workspace's own folder, so a workspace that knew no questions has one; each
other in a folder of its own, whose name it keeps when it is renamed. A removed one stays on the
disk, so it can be put back.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import StorageError, WinnowError
from core.runtime.files import storage_errors, write_atomic
from core.runtime.spelling import Matcher, alike, clean, fault
from core.store.workspace import QUESTIONS, Workspace

FORMAT = 1
MOST = 100
"""Questions of one workspace, those that were removed included."""
FIRST = "Question 1"
"""What the first question is called until somebody names it."""
PATIENCE = 10.0
"""Seconds to wait for another writer of the list."""
_FILE = "questions.json"
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        slug: its short name on the disk, "" for the first.
        name: as people write it.
        removed: it is not listed, but can be put back.
    """

    slug: str
    name: str
    removed: bool = False

    @property
    def column(self) -> str:
        """Name of the column with its labels, where other questions show them."""
        return "label_" + _slug(self.name, set()).replace("-", "_")


def questions_of(root: Path, removed: bool = False) -> list[Question]:
    """The questions of a workspace folder in their order, at least one.

    Args:
        removed: those that were removed instead, perhaps none.

    Raises:
        WinnowError: the file that lists them is damaged or of a newer Winnow.
    """
    return [question for question in _read(root) if question.removed == removed]


def named(root: Path, name: str | None, removed: bool = False) -> Question:
    """The question that a name means, case, ``-``, ``_`` and spaces aside; None means the first.

    Args:
        removed: among those that were removed.

    Raises:
        WinnowError: there is none with that name; the message lists those there are.
    """
    questions = questions_of(root, removed)
    if name is None and questions:
        return questions[0]
    for question in questions:
        if question.slug and question.slug == name:
            return question
    name = name or FIRST
    wanted = Matcher.of(question.name for question in questions)(name)
    for question in questions:
        if question.name == wanted:
            return question
    names = ", ".join(shown(question.name) for question in questions) or "none"
    gone = " removed" if removed else ""
    raise WinnowError(f"There is no{gone} question {shown(name)} in {shown(root)}, only: {names}.")


def of_slug(root: Path, slug: str) -> Question | None:
    """The question with a short name; None when there is none, or it was removed."""
    return next((one for one in questions_of(root) if one.slug == slug), None)


def add(root: Path, name: str) -> Question:
    """Begin a new question, without classes and labels.

    Raises:
        WinnowError: the name is empty, too long or taken, there are too many, or it cannot be
            written.
    """
    added: list[Question] = []

    def change(questions: list[Question]) -> list[Question]:
        checked = _checked(name, questions)
        if len(questions) >= MOST:
            raise WinnowError(f"A workspace has at most {MOST} questions: rename or put back one.")
        added.append(Question(_slug(checked, {question.slug for question in questions}), checked))
        return [*questions, added[0]]

    _change(root, change)
    with storage_errors(root):
        (root / QUESTIONS / added[0].slug).mkdir(parents=True, exist_ok=True)
    return added[0]


def rename(root: Path, slug: str, name: str) -> Question:
    """Give a question another name; its folder stays.

    Raises:
        WinnowError: the name is empty, too long or taken, or it cannot be written.
    """

    def change(questions: list[Question]) -> list[Question]:
        others = [question for question in questions if question.slug != slug]
        checked = _checked(name, others)
        return [replace(one, name=checked) if one.slug == slug else one for one in questions]

    return next(one for one in _change(root, change) if one.slug == slug)


def remove(root: Path, slug: str) -> None:
    """Take a question out of the list; nothing of it is deleted.

    Raises:
        WinnowError: it is the only one that is left, or the list cannot be written.
    """

    def change(questions: list[Question]) -> list[Question]:
        if not any(one.slug != slug and not one.removed for one in questions):
            raise WinnowError("The only question cannot be removed: rename it, or add another.")
        return [replace(one, removed=True) if one.slug == slug else one for one in questions]

    _change(root, change)


def put_back(root: Path, slug: str) -> None:
    """List a removed question again; WinnowError when the list cannot be written."""
    _change(
        root,
        lambda questions: [
            replace(one, removed=False) if one.slug == slug else one for one in questions
        ],
    )


def title(workspace: Workspace) -> str:
    """The name of the question of a workspace; its short name where the list cannot be read."""
    try:
        question = of_slug(workspace.root, workspace.question)
    except WinnowError:
        question = None
    return question.name if question else workspace.question or FIRST


# -- inside --------------------------------------------------------------------------------------


def _checked(name: str, others: Sequence[Question]) -> str:
    cleaned = clean(name)
    if reason := fault(cleaned):
        raise WinnowError(f"The name of the question {reason}: choose another.")
    for other in others:
        if alike(other.name) == alike(cleaned):
            where = "was removed: put it back" if other.removed else "is there already"
            raise WinnowError(f"A question {other.name} {where}, or choose another name.")
    return cleaned


def _slug(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30].strip("-") or "question"
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _read(root: Path) -> list[Question]:
    path = root / _FILE
    try:
        content = inputs.load_json(path)
    except FileNotFoundError:
        return [Question("", FIRST)]
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    try:
        version = int(content["format"])
        if version > FORMAT:
            raise WinnowError(
                f"{shown(path)} was written by a newer Winnow (format {version}): update Winnow."
            )
        questions = [_question(entry) for entry in content["questions"]]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, error) from error
    slugs = [question.slug for question in questions]
    if len(set(slugs)) < len(slugs) or all(question.removed for question in questions):
        raise _damaged(path, "a question is listed twice, or none at all")
    return questions


def _damaged(path: Path, why: object) -> WinnowError:
    return WinnowError(
        f"The list of questions {shown(path)} cannot be read ({why}): repair it, or delete it to "
        f"go on with the first question alone; the others stay in {shown(path.parent / QUESTIONS)}."
    )


def _question(entry: dict[str, Any]) -> Question:
    slug, name = str(entry["slug"]), str(entry["name"])
    # It becomes a folder's name.
    if slug and not _SLUG.fullmatch(slug):
        raise ValueError(f"the short name {slug!r} is none")
    return Question(slug, name, bool(entry.get("removed", False)))


def _change(root: Path, change: Callable[[list[Question]], list[Question]]) -> list[Question]:
    with _writing(root):
        questions = change(_read(root))
        content = {
            "format": FORMAT,
            "questions": [
                {"slug": one.slug, "name": one.name} | ({"removed": True} if one.removed else {})
                for one in questions
            ],
        }
        text = json.dumps(content, ensure_ascii=False, indent=1)
        with storage_errors(root):
            write_atomic(root / _FILE, text.encode())
        return questions


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    lock = FileLock(root / f".{_FILE}.lock", PATIENCE, poll_interval=0.01)
    try:
        with storage_errors(root):
            lock.acquire()
    except Timeout:
        raise StorageError(
            f"{shown(root / _FILE)} is being written by somebody else for more than {PATIENCE:g} "
            "seconds: try again in a moment."
        ) from None
    try:
        yield
    finally:
        lock.release()
