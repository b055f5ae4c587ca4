"""The vocabulary file of a workspace: one reader and one locked writer of its classes and tags.

People edit the same file by hand, so its comments survive and what cannot be read is refused in one
sentence. Reading takes no lock, because a write replaces the file in one step. Every write happens
under one lock across threads and processes, and begins from the newest file inside that lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.project.vocabulary_change import change_of
from core.project.vocabulary_text import NEW, Content, replaced
from core.prompts import history, vocabulary, yaml_file
from core.prompts.history import Following, Version
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import StorageError, WinnowError
from core.runtime.files import storage_errors, write_atomic
from core.store.backups.guard import UNGUARDED, Guard
from core.store.people.gate import note, require
from core.store.people.roles import CLASSES, TAGS, Act
from core.tags import saving
from core.tags.vocabulary import Tags

PATIENCE = 10.0
"""Seconds to wait for another writer; a write takes some hundredths of a second."""
_LOOK_EVERY = 0.01  # seconds


class VocabularyFile:
    """The classes, prompts and tags of one workspace. Safe for several threads and processes.

    Attributes:
        path: the YAML file; it need not exist.
    """

    def __init__(self, path: Path, history_path: Path, guard: Guard = UNGUARDED) -> None:
        self.path = path
        self.guard = guard
        self._history_path = history_path
        self._latest = Content("")
        self._history = Following(history_path)

    # -- reading ---------------------------------------------------------------------------------

    def text(self) -> str:
        """The file as it is; empty when there is none.

        Raises:
            WinnowError: it is no text.
        """
        return yaml_file.read_text(self.path, NEW) if self.path.exists() else ""

    def classes(self) -> Vocabulary:
        """The classes with their prompts, perhaps none yet; parsed once for each text of the file.

        Raises:
            WinnowError: the file, or its part with the classes, cannot be read.
        """
        return self._content().classes(str(self.path))

    def tags(self) -> Tags:
        """The tags and rules, perhaps none yet; parsed once for each text of the file.

        Raises:
            WinnowError: the file, or its part with the tags, cannot be read.
        """
        return self._content().tags(str(self.path))

    def versions(self) -> list[Version]:
        """Earlier classes and prompts, oldest first; the last one is the present."""
        return self._history.read().versions

    def steps(self) -> list[Version]:
        """The way to the present, oldest first: what was taken back is not in it. See `go_back`."""
        return self._history.read().steps

    # -- writing ---------------------------------------------------------------------------------

    def save_classes(self, classes: Vocabulary) -> None:
        """Write classes and prompts beside the tags, and a version of them into the history.

        Raises:
            WinnowError: they are more than a file may hold, the present file cannot be read, or
                it cannot be written.
        """
        with self._writing():
            self._write_classes(classes)

    def save_tags(self, tags: Tags) -> Tags:
        """Write tags beside the classes.

        Returns:
            The tags as the file now holds them.

        Raises:
            WinnowError: they are not valid, the present file cannot be read, or it cannot be
                written.
        """
        with self._writing(TAGS):
            return self._write_tags(tags)

    def save_text(self, text: str) -> Tags:
        """Write the whole file as people wrote it, even over one that cannot be read.

        Returns:
            The tags in it.

        Raises:
            WinnowError: it is not valid, or cannot be written.
        """
        content = Content(text)
        tags, classes = content.tags(NEW), content.classes(NEW)
        with self._writing():
            before = self._readable_classes()
            changed = classes != before
            self.guard.before("the vocabulary file was written anew")
            if changed and before is not None:
                self._begin_history(before)
            write_atomic(self.path, text.encode())
            if changed:
                history.append(self._history_path, classes)
            note(self.path.parent, CLASSES, "the vocabulary file was written anew")
        self.guard.changed()
        return tags

    def update_classes(
        self,
        change: Callable[[Vocabulary], Vocabulary],
        batch: Callable[[], str | None] = lambda: None,
    ) -> Vocabulary:
        """Change the newest classes while nobody else can; nothing is written for no change.

        Args:
            change: the classes after from those before. What it raises ends the update. It must
                not write this file itself.
            batch: asked after ``change``: the labels that were changed with it, to be taken back
                together.

        Returns:
            The classes after.

        Raises:
            WinnowError: the file cannot be read, or the classes not be written.
        """
        with self._writing():
            before = self.classes()
            after = change(before)
            if after != before:
                self._write_classes(after, batch())
            return after

    def go_back(self, steps: int, take_back: Callable[[str], object]) -> Vocabulary:
        """Take the last changes of the classes back, with the labels that were changed with them.

        Args:
            steps: how many of `steps`; as many as there are at most.
            take_back: undoes a batch of labels; called for the latest first, before the classes are
                written, so that going back once more completes what was interrupted.

        Returns:
            The classes after.

        Raises:
            WinnowError: the file cannot be read or written.
        """
        with self._writing():
            self._begin_history(self.classes())
            way = self.steps()
            if (steps := min(steps, len(way) - 1)) < 1:
                return self.classes()
            for batch in [version.batch for version in way[-steps:] if version.batch][::-1]:
                take_back(batch)
            self._write_classes(way[-steps - 1].vocabulary, back=steps)
            return way[-steps - 1].vocabulary

    def update_tags(self, change: Callable[[Tags], Tags]) -> Tags:
        """Change the newest tags while nobody else can; see ``update_classes``.

        Returns:
            The tags as the file now holds them.

        Raises:
            WinnowError: the file cannot be read, or the tags are not valid or cannot be written.
        """
        with self._writing(TAGS):
            before = self.tags()
            after = change(before)
            return before if after == before else self._write_tags(after)

    def put_back(self, content: bytes) -> None:
        """Write the file as a backup has it, whatever it holds; its classes become a version too.

        Raises:
            WinnowError: it cannot be written.
        """
        with self._writing():
            before = self._readable_classes()
            write_atomic(self.path, content)
            after = self._readable_classes()
            if after is not None and after != before:
                history.append(self._history_path, after)
            note(self.path.parent, CLASSES, "the vocabulary file of a backup was put back")
        self.guard.changed()

    def adopt(self, path: Path) -> bool:
        """Take up the classes of a prompts file when there is no vocabulary file yet.

        Returns:
            Whether that was done.

        Raises:
            WinnowError: the prompts file cannot be used.
        """
        if self.path.exists() or not path.is_file():
            return False
        with self._writing():
            if self.path.exists():  # by somebody else, meanwhile
                return False
            self._write_classes(vocabulary.read(path))
            return True

    # -- inside ----------------------------------------------------------------------------------

    def _content(self) -> Content:
        # The text itself says whether it changed: two writes can share a time and a size, and
        # reading takes a thousandth of the time that parsing does.
        text = self.text()
        content = self._latest
        if content.text != text:
            content = self._latest = Content(text)
        return content

    @contextmanager
    def _writing(self, act: Act = CLASSES) -> Iterator[None]:
        folder = self.path.parent
        require(folder, act)
        lock = FileLock(folder / f".{self.path.name}.lock", PATIENCE, poll_interval=_LOOK_EVERY)
        try:
            with storage_errors(folder):
                folder.mkdir(parents=True, exist_ok=True)
                lock.acquire()
        except Timeout:
            raise StorageError(
                f"{self.path} is being written by somebody else for more than {PATIENCE:g} "
                "seconds: try again in a moment."
            ) from None
        try:
            yield
        finally:
            lock.release()

    def _write_classes(self, classes: Vocabulary, batch: str | None = None, back: int = 0) -> None:
        before = self.classes()  # what a file holds that cannot be read would be lost
        content = replaced(self.text(), before, classes)
        # Never write what could not be read again, or would be read as something else.
        if content.classes(NEW).names != classes.names:
            problem = classes.problem() or "Two of them have one name: rename one."
            raise WinnowError(f"{NEW} cannot hold these classes. {problem}")
        if lost := [name for name in before.names if name not in classes.names]:
            self.guard.before(_removal("class", lost))
        self._begin_history(before)
        write_atomic(self.path, content.text.encode())
        self._latest = content  # read already
        history.append(self._history_path, classes, batch, back)
        self.guard.changed()
        note(self.path.parent, CLASSES, _taken_back(back) or change_of(before, classes))

    def _write_tags(self, tags: Tags) -> Tags:
        previous = self._content()
        previous.document(str(self.path))  # the comments of a file that is no YAML would be lost
        content = Content(saving.dump(tags, previous.text))
        tags = content.tags(NEW)
        if lost := sorted(_codes(previous) - set(tags.codes)):
            self.guard.before(_removal("tag", lost))
        write_atomic(self.path, content.text.encode())
        self._latest = content
        self.guard.changed()
        note(self.path.parent, TAGS, f"{len(tags.codes):,} tags saved")
        return tags

    def _begin_history(self, before: Vocabulary) -> None:
        """Let the history hold what was written by hand, as of when that was done."""
        if self.text():
            versions = self.versions()
            if not versions or versions[-1].vocabulary != before:
                history.append(self._history_path, before, at=self.path.stat().st_mtime)

    def _readable_classes(self) -> Vocabulary | None:
        try:
            return self.classes()
        except WinnowError:  # a file that cannot be read is being corrected
            return None


def _removal(what: str, names: Sequence[str]) -> str:
    """In words, for the list of backups."""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{what} {names[0]}{more} was removed or renamed"


def _taken_back(steps: int) -> str:
    return f"{steps:,} changes of the classes were taken back" if steps else ""


def _codes(content: Content) -> set[str]:
    try:
        return set(content.tags(NEW).codes)
    except WinnowError:  # a part that cannot be read is being corrected
        return set()
