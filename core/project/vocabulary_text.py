"""One text of a vocabulary file: parsed once, and with other classes."""

from __future__ import annotations

from contextlib import suppress

from core.prompts import vocabulary, writing, yaml_file
from core.prompts.vocabulary import Vocabulary
from core.prompts.yaml_file import Document
from core.runtime.errors import WinnowError
from core.tags import reading
from core.tags.vocabulary import Tags

NEW = "The vocabulary"
"""Names a text that is not in the file yet."""


class Content:
    """One text of the file; each part of it is parsed when it is first asked for, and once.

    ``where`` names the text in errors.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._document: Document | None = None
        self._classes: Vocabulary | None = None
        self._tags: Tags | None = None

    def document(self, where: str) -> Document:
        """The text as data; WinnowError when it is no YAML."""
        if self._document is None:
            self._document = yaml_file.load(self.text, where)
        return self._document

    def classes(self, where: str) -> Vocabulary:
        """The classes; WinnowError when they cannot be read. A blank text has none."""
        if self._classes is None:
            blank = not self.text.strip()
            document = self.document(where)
            self._classes = Vocabulary() if blank else vocabulary.classes_of(document, where)
        return self._classes

    def tags(self, where: str) -> Tags:
        """The tags; WinnowError when they cannot be read."""
        if self._tags is None:
            self._tags = reading.tags_of(self.document(where), where)
        return self._tags


def replaced(text: str, before: Vocabulary, after: Vocabulary) -> Content:
    """A text with other classes, comments and all else as they were."""
    short = writing.spliced(text, before, after)
    if short is not None:
        content = Content(short)
        with suppress(WinnowError):
            if content.classes(NEW) == after:
                return content
    return Content(writing.dump(after, text))
