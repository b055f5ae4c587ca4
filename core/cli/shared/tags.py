"""Which tags a command works with."""

from __future__ import annotations

from pathlib import Path

from core.cli.shared.terminal import Terminal
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.prompts.classes import use_folder_vocabulary
from core.tags import reading
from core.tags.vocabulary import Tags


def tags_of_file(vocabulary: Path | None) -> Tags | None:
    """The tags of a file, if one was named; to be read before anything costly is done."""
    return reading.read(vocabulary) if vocabulary is not None else None


def tags_of(project: Project, named: Tags | None, terminal: Terminal) -> Tags:
    """The tags that were named, else the workspace's own, perhaps none.

    Named tags become the workspace's own when it has none, so that the app and later commands know
    them.
    """
    file = project.tag_file
    own = file.tags()
    if named is None:
        return own
    if not own.tags:
        # Classes first: saving tags makes the file that they look for.
        use_folder_vocabulary(project.workspace, file)
        file.save_tags(named)
        terminal.note(f"The workspace had no tags: these {len(named.tags)} are kept in it.")
    elif own != named:
        terminal.note(
            f"The workspace keeps its own {len(own.tags)} tags; these are used for this call only."
        )
    return named


def some(tags: Tags) -> Tags:
    """Tags that there are; WinnowError when there are none."""
    if not tags.tags:
        raise WinnowError("There are no tags: give --vocabulary vocab.yaml with at least one.")
    return tags
