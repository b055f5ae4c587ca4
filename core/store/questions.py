"""The questions of a workspace: each has its own classes, labels, audit images and exports.

The collection with its vectors, captions, tags and measures of quality is shared. The first
question lies in the workspace's own folder, so a workspace that knew no questions has one; each
other in a folder of its own, whose name it keeps when it is renamed. A removed one stays on the
disk, so it can be put back.
"""

from __future__ import annotations

import json
import os
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
from core.store.people.gate import doing
from core.store.people.roles import ASK
from core.store.workspace import QUESTIONS, Workspace

FORMAT = 1
MOST = 100
"""Questions of one workspace, those that were removed included."""
FIRST = "Question 1"
"""What the first question is called until somebody names it."""
PATIENCE = 10.0
"""Seconds to wait for another writer of the list."""
_FILE = "questions.json"
_NAMELESS = "question"  # the short name of a name without a letter that a folder may have
_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d")
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


def questions_of(root: Path, removed: bool = False) -> list[Question]:
    """The questions of a workspace folder in their order, at least one.

    Args:
        removed: those that were removed instead, perhaps none.

    Raises:
        WinnowError: the file that lists them is damaged or of a newer Winnow.
    """
    return [question for question in _read(root) if question.removed == removed]


def named(root: Path, name: str | None, removed: bool = False) -> Question:
    """The question that a name means, case and signs aside; None means the first.

    Args:
        removed: among those that were removed.

    Raises:
        WinnowError: there is none with that name; the message lists those there are.
    """
    questions = questions_of(root, removed)
    if name is None and questions:
        return questions[0]
    name = name or ""
    exact = [one for one in questions if name and name in (one.name, one.slug)]
    if len(exact) > 1:  # one was renamed, and another got the name that it had
        raise WinnowError(_ambiguous(name, exact))
    wanted = Matcher.of(question.name for question in questions)(name)
    alike_ones = [question for question in questions if question.name == wanted]
    for question in exact or alike_ones[:1] or _bare(name, questions):
        return question
    names = ", ".join(shown(question.name) for question in questions) or "none"
    gone = " removed" if removed else ""
    raise WinnowError(
        f"There is no{gone} question {shown(name) or repr(name)} in {shown(root)}, only: {names}."
    )


def of_slug(root: Path, slug: str) -> Question | None:
    """The question with a short name; None when there is none, or it was removed."""
    return next((one for one in questions_of(root) if one.slug == slug), None)


def columns_of(questions: Sequence[Question]) -> dict[str, str]:
    """Short name → name of the column with a question's labels, each another one.

    After the names, as far as they have letters that a column may have; a query is made of them.
    """
    columns: dict[str, str] = {}
    taken: set[str] = set()
    for question in questions:
        slug = _slug(question.name, taken)
        taken.add(slug)
        columns[question.slug] = "label_" + slug.replace("-", "_")
    return columns


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
            raise WinnowError(
                f"{shown(root)} has {len(questions)} questions with those that were removed, at "
                f"most {MOST} are possible: rename one, or put one back and use that."
            )
        added.append(Question(_slug(checked, {question.slug for question in questions}), checked))
        return [*questions, added[0]]

    _change(root, change, f"{name} added")
    with storage_errors(root):
        (root / QUESTIONS / added[0].slug).mkdir(parents=True, exist_ok=True)
    return added[0]


def rename(root: Path, slug: str, name: str) -> Question:
    """Give a question another name; its folder stays.

    Raises:
        WinnowError: the name is empty, too long or taken, or it cannot be written.
    """

    def change(questions: list[Question]) -> list[Question]:
        _one(questions, slug, root)
        others = [question for question in questions if question.slug != slug]
        checked = _checked(name, others)
        return [replace(one, name=checked) if one.slug == slug else one for one in questions]

    about = f"{slug or FIRST} renamed {name}"
    return next(one for one in _change(root, change, about) if one.slug == slug)


def remove(root: Path, slug: str) -> None:
    """Take a question out of the list; nothing of it is deleted.

    Raises:
        WinnowError: it is the only one that is left, there is none, or the list cannot be written.
    """

    def change(questions: list[Question]) -> list[Question]:
        _one(questions, slug, root)
        if not any(one.slug != slug and not one.removed for one in questions):
            raise WinnowError("The only question cannot be removed: rename it, or add another.")
        return [replace(one, removed=True) if one.slug == slug else one for one in questions]

    _change(root, change, f"{slug or FIRST} removed")


def put_back(root: Path, slug: str) -> None:
    """List a removed question again; WinnowError when there is none, or it cannot be written."""

    def change(questions: list[Question]) -> list[Question]:
        _one(questions, slug, root)
        return [replace(one, removed=False) if one.slug == slug else one for one in questions]

    _change(root, change, f"{slug or FIRST} put back")


def title(workspace: Workspace) -> str:
    """The name of the question of a workspace; its short name where the list cannot be read."""
    try:
        question = of_slug(workspace.root, workspace.question)
    except WinnowError:
        question = None
    return question.name if question else workspace.question or FIRST


# -- inside --------------------------------------------------------------------------------------


def _one(questions: Sequence[Question], slug: str, root: Path) -> None:
    if not any(question.slug == slug for question in questions):
        raise WinnowError(
            f"The question {shown(slug) or FIRST} is not in {shown(root / _FILE)} any more: look "
            "at the list again."
        )


def _bare(name: str, questions: Sequence[Question]) -> list[Question]:
    """The only question with the same letters and digits, as in "is it red" for "Is it red?"."""
    key = _slug(name, set())
    same = [one for one in questions if key in (one.slug, _slug(one.name, set()))]
    return same if len(same) == 1 and key != _NAMELESS else []


def _ambiguous(name: str, questions: Sequence[Question]) -> str:
    ways = " or ".join(
        shown(one.slug if one.name == name else one.name) for one in questions if one.slug
    )
    return (
        f"{shown(name)} is the name of one question and the short name of another: name the one "
        f"that is meant {ways}."
    )


def _checked(name: str, others: Sequence[Question]) -> str:
    cleaned = clean(name)
    if reason := fault(cleaned):
        raise WinnowError(f"The name of the question {reason}: choose another.")
    for other in others:
        if alike(other.name) == alike(cleaned):
            where = "was removed: put it back" if other.removed else "is there already: use it"
            raise WinnowError(f"A question {shown(other.name)} {where}, or choose another name.")
    return cleaned


def _slug(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30].strip("-") or _NAMELESS
    if _DEVICE.fullmatch(base):  # no name of a folder on Windows
        base = f"question-{base}"
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
        return _with_unlisted(root, [Question("", FIRST)])
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, error) from error
    try:
        version = int(content["format"])
        if version > FORMAT:
            raise WinnowError(
                f"{shown(path)} was written by a newer Winnow (format {version}): update Winnow."
            )
        questions = [_question(entry) for entry in content["questions"]]
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise _damaged(path, error) from error
    slugs = [question.slug for question in questions]
    if len(set(slugs)) < len(slugs) or all(question.removed for question in questions):
        raise _damaged(path, "a question is listed twice, or none at all")
    return _with_unlisted(root, questions)


def _with_unlisted(root: Path, questions: list[Question]) -> list[Question]:
    """With the questions that lie on the disk and that the list does not name, as removed ones.

    So what was answered to them can be put back where the list was deleted, or edited by hand.
    """
    listed = {question.slug for question in questions}
    try:
        names = [entry.name for entry in os.scandir(root / QUESTIONS) if _holds_something(entry)]
    except OSError:  # none was ever added
        names = []
    lost = sorted(name for name in names if name not in listed and _SLUG.fullmatch(name))
    first = [] if "" in listed else [Question("", FIRST, removed=True)]
    result = [*questions, *first]
    for slug in lost:
        name = slug
        while any(alike(one.name) == alike(name) for one in result):
            name += " again"
        result.append(Question(slug, name, removed=True))
    return result


def _holds_something(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and any(os.scandir(entry.path))


def _damaged(path: Path, why: object) -> WinnowError:
    return WinnowError(
        f"The list of questions {shown(path)} cannot be read ({why}): repair it, or delete it: the "
        f"others stay in {shown(path.parent / QUESTIONS)} and can be put back by 'winnow questions "
        "put-back'."
    )


def _question(entry: dict[str, Any]) -> Question:
    slug, name, removed = str(entry["slug"]), clean(str(entry["name"])), entry.get("removed", False)
    # It becomes a folder's name.
    if slug and not _SLUG.fullmatch(slug):
        raise ValueError(f"the short name {slug[:40]!r} is none")
    if reason := fault(name):
        raise ValueError(f"the name of {slug or 'the first question'!r} {reason}")
    if not isinstance(removed, bool):
        raise ValueError(f"whether {slug!r} is removed is neither true nor false")
    return Question(slug, name, removed)


def _change(
    root: Path, change: Callable[[list[Question]], list[Question]], about: str
) -> list[Question]:
    with doing(root, ASK, about), _writing(root):
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
