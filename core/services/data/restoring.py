"""Backups put back: labels and vocabulary of a workspace as they were, and how to go on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.images.names import shown
from core.project.vocabulary_file import VocabularyFile
from core.store.backups.listing import Backup, restore_command
from core.store.backups.restoring import Changes, changes, restore_labels, vocabulary_of
from core.store.people.gate import doing
from core.store.people.roles import RESTORE
from core.store.workspace import Workspace


@dataclass(frozen=True)
class Restored:
    """A backup that was put back, or would be.

    Attributes:
        backup: which one.
        changes: what differs from the state before.
        vocabulary: the vocabulary file is put back too.
        before: the backup of the state before; None for a preview, or without anything to lose.
        aside: where a damaged label file was moved.
    """

    backup: Backup
    changes: Changes
    vocabulary: bool
    before: Backup | None = None
    aside: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """The contract of ``winnow labels restore --json``."""
        return {
            "backup": self.backup.as_json(),
            "changes": asdict(self.changes),
            "vocabulary": self.vocabulary,
            "before": self.before.as_json() if self.before else None,
            "damaged": str(self.aside) if self.aside else None,
        }

    def as_text(self, home: Path, dry: bool) -> str:
        """The same for people; ``home`` is the folder of the question."""
        did = "would be put back" if dry else "is put back"
        what = "labels, classes and tags" if self.vocabulary else "labels"
        lines = [f"The backup of {self.backup.when} ({what}) {did}.", self.changes.as_text()]
        if self.aside:
            lines.append(f"What was damaged lies in {shown(self.aside)}.")
        if self.before:
            back = restore_command(home, self.before.name)
            lines.append(f"The state before is kept: {back}")
        return "\n".join(lines)


def preview(workspace: Workspace, backup: Backup, labels_only: bool = False) -> Restored:
    """What `restore` would change.

    Raises:
        WinnowError: the backup cannot be read.
    """
    return Restored(backup, changes(workspace, backup), _with_vocabulary(backup, labels_only))


def restore(
    workspace: Workspace, file: VocabularyFile, backup: Backup, labels_only: bool = False
) -> Restored:
    """Put a backup back; the state before becomes a backup itself, so this can be undone.

    Args:
        file: of the same workspace; its text is put back too.
        labels_only: leave the vocabulary file, and how predictions are made, as they are.

    Raises:
        WinnowError: the backup cannot be read, the state before not be kept, or a file not be
            written.
    """
    made = preview(workspace, backup, labels_only)
    content = vocabulary_of(workspace, backup) if made.vocabulary else None
    with doing(workspace.home, RESTORE, f"the backup of {backup.when}"):
        before, aside = restore_labels(workspace, backup, settings=not labels_only)
        if content is not None:
            file.put_back(content)
    return Restored(backup, made.changes, made.vocabulary, before, aside)


def _with_vocabulary(backup: Backup, labels_only: bool) -> bool:
    return not labels_only and (backup.folder / "vocabulary.yaml").is_file()
