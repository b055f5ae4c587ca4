"""The tags in a project's vocabulary file: read, changed, kept."""

from __future__ import annotations

from core.project.project import Project
from core.prompts import history
from core.prompts import vocabulary as vocabularies
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.tags import reading
from core.tags.saving import dump
from core.tags.vocabulary import Tags


class TagFile:
    """The vocabulary file of one project, as far as its tags are concerned."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def text(self) -> str:
        """The workspace's vocabulary file as it is; empty when there is none."""
        path = self.project.workspace.vocabulary
        return path.read_text("utf-8") if path.exists() else ""

    def tags(self) -> Tags:
        """The tags of the workspace, perhaps none yet."""
        return reading.parse(self.text(), str(self.project.workspace.vocabulary))

    def save(self, tags: Tags) -> Tags:
        """Keep tags beside the classes of the workspace; WinnowError when they are not valid."""
        text = dump(tags, self.text())
        checked = reading.parse(text, "The vocabulary")
        write_atomic(self.project.workspace.vocabulary, text.encode())
        return checked

    def save_text(self, text: str) -> Tags:
        """Keep the whole file as people wrote it; WinnowError when it is not valid."""
        workspace = self.project.workspace
        checked = reading.parse(text, "The vocabulary")
        classes = vocabularies.parse(text, "The vocabulary") if text.strip() else Vocabulary()
        changed = classes != self._classes()
        write_atomic(workspace.vocabulary, text.encode())
        if changed:
            history.append(workspace.vocabulary_history, classes)
        return checked

    def _classes(self) -> Vocabulary | None:
        try:
            return self.project.vocabulary()
        except WinnowError:  # a file that cannot be read is being corrected
            return None
