"""Which tags a command works with."""

from __future__ import annotations

from pathlib import Path

from core.cli.shared.terminal import Terminal
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.tags import reading
from core.tags.vocabulary import Tags


def given_tags(vocabulary: Path | None) -> Tags | None:
    """The tags of a file that was named, read before anything costly is done."""
    return reading.read(vocabulary) if vocabulary is not None else None


def tags_of(project: Project, given: Tags | None, terminal: Terminal) -> Tags:
    """The tags given, else the workspace's own, perhaps none.

    Given tags become the workspace's own when it has none, so that the app and later commands know
    them.
    """
    tagging = project.tagging()
    own = tagging.tags()
    if given is None:
        return own
    if not own.tags:
        project.use_folder_vocabulary()  # classes first: saving tags makes the file they look for
        tagging.save(given)
        terminal.note(f"The workspace had no tags: these {len(given.tags)} are kept in it.")
    elif own != given:
        terminal.note(
            f"The workspace keeps its own {len(own.tags)} tags; these are used for this call only."
        )
    return given


def some(tags: Tags) -> Tags:
    """Tags that there are; WinnowError when there are none."""
    if not tags.tags:
        raise WinnowError("There are no tags: give --vocabulary vocab.yaml with at least one.")
    return tags
