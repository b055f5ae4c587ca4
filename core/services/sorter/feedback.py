"""Right or wrong, said by whoever uses a sorter: becomes a label of a workspace, exactly once."""

from __future__ import annotations

from dataclasses import dataclass

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.spelling import Matcher, clean
from core.store.labels.base import Event, Kind

ANNOTATOR = "feedback"
"""Who said it where nobody gives a name."""
LONGEST_KEY, LONGEST_PERSON = 200, 80


class NotInCollection(WinnowError):
    """The image is none of the workspace's collection."""


class NoSuchClass(WinnowError):
    """The workspace has no such class, or none was named where one must be."""


class KeyTaken(WinnowError):
    """A key came again with another answer."""


@dataclass(frozen=True)
class Opinion:
    """What somebody says of a prediction.

    Attributes:
        key: names this opinion; the same key is stored once, however often it comes.
        image_id: content id of the image.
        right: whether the prediction is right.
        predicted: the class that was shown.
        label: what it is instead; None leaves that to somebody else.
        person: who says so.
        model: whose prediction it was.
    """

    key: str
    image_id: str
    right: bool
    predicted: str | None = None
    label: str | None = None
    person: str | None = None
    model: str = ""


@dataclass(frozen=True)
class Stored:
    """What is on disk now.

    Attributes:
        again: it had been there before.
        kind, label: of the event.
    """

    again: bool
    kind: Kind
    label: str | None


class Feedback:
    """Takes opinions for one question of a workspace. Safe for several threads and processes."""

    def __init__(self, project: Project) -> None:
        self._project = project

    @property
    def classes(self) -> list[str]:
        """The classes that an opinion may name."""
        return self._project.classes().names

    def take(self, opinion: Opinion) -> Stored:
        """Store an opinion; it is on disk when this returns.

        Raises:
            NotInCollection, NoSuchClass, KeyTaken: see there.
            StorageError: the label file cannot be written for now.
        """
        kind, label = self._meaning(opinion)
        if opinion.image_id not in self._project.pool().rows:
            raise NotInCollection(
                f"The image {opinion.image_id} is not in the collection of "
                f"{self._project.workspace.images.name}, and feedback is kept for its images only: "
                "put the file into that folder and embed it first."
            )
        client = f"feedback:{opinion.key}"
        store = self._project.labels
        again = store.acknowledged(client) > 0
        event = Event(opinion.image_id, label, kind, client_seq=1)
        person = clean(opinion.person or "")[:LONGEST_PERSON] or ANNOTATOR
        store.add([event], person, f"feedback:{opinion.model}", client)
        # Whatever came first under this key is what counts, also when two come at one moment.
        if self._first(client) != (opinion.image_id, kind, label):
            raise KeyTaken(
                f"The key {opinion.key[:60]!r} was used for another answer: give each answer a key "
                "of its own."
            )
        return Stored(again, kind, label)

    def _meaning(self, opinion: Opinion) -> tuple[Kind, str | None]:
        """Which event an opinion is. "Wrong" alone asks for somebody else to look."""
        name = opinion.predicted if opinion.right and opinion.label is None else opinion.label
        if name is None and opinion.right:
            raise NoSuchClass(
                'Feedback that is right must name the class that was shown: add "class".'
            )
        if name is None:
            return "unsure", None
        names = self.classes
        match = Matcher.of(names, strict=True)(name)
        if match is None:
            listed = ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
            raise NoSuchClass(
                f"The workspace has no class {clean(name)[:60]!r}: use one of {listed or 'none'}."
            )
        return "label", match

    def _first(self, client: str) -> tuple[str, str, str | None] | None:
        return self._project.labels.answer_to(client, 1)
