"""From what a command was given to an open, embedded project. Every refusal is one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from core.cli.shared.terminal import Terminal
from core.embedding.pending import Counts, pending
from core.embedding.run import EmbedResult, already_embedded
from core.embedding.run import embed as embed_images
from core.encoders import registry
from core.encoders.base import Encoder
from core.encoders.lazy import LazyEncoder
from core.images.archives import is_archive, unpacked
from core.images.names import shown
from core.project.project import Project
from core.prompts import vocabulary as vocabularies
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.store.workspace import Workspace, check_images, open_workspace, unpacked_root

SKIPPED_NAMED = 10  # members of an archive that are named when they are left out


def folder_of(images: Path, terminal: Terminal) -> Path:
    """The image folder; an archive is unpacked first, with progress, and what it held is told."""
    archive = images.expanduser().resolve()
    if not archive.is_file():
        return check_images(images)
    folder = terminal.watch(lambda report: check_images(archive, report))
    content = unpacked(archive, folder)
    if content is not None:
        terminal.note(
            f"{shown(archive.name)} is unpacked in {folder}: {content.files:,} files"
            + (f", {len(content.skipped):,} others left out." if content.skipped else ".")
        )
        for name, why in content.skipped[:SKIPPED_NAMED]:
            terminal.note(f"left out {name}: {why}")
    return folder


def planned(
    images: Path, workspace: Path | None, model: str | None, reread: bool, terminal: Terminal
) -> tuple[Counts, str]:
    """What embedding would do and with which model, without loading it or writing anything."""
    source = images.expanduser().resolve()
    if source.is_file() and is_archive(source) and unpacked(source, unpacked_root(source)) is None:
        raise WinnowError(
            f"{source} is not unpacked yet, so nothing is known of it: leave out --dry-run once."
        )
    opened = open_workspace(images, workspace, save=False)
    spec = _model(model, opened)
    identity = registry.known_identity(spec)
    if identity is None:
        terminal.note(f"Whether {spec} has been here is known only once it is loaded.")
    return terminal.watch(lambda r: pending(opened, identity, r, reread).counts), spec


def _model(asked: str | None, workspace: Workspace) -> str:
    """The encoder to use: the one asked for, else the workspace's own, else the starter."""
    return asked or (workspace.encoder.spec if workspace.encoder else "starter")


def unchanged(
    images: Path, workspace: Path | None, model: str | None, terminal: Terminal
) -> EmbedResult | None:
    """The result when there is nothing to embed: then the model need not be loaded at all."""
    opened = Project.open(images, workspace).workspace
    spec = _model(model, opened)
    return terminal.watch(lambda r: already_embedded(opened, registry.known_identity(spec), r))


def open_embedded(
    images: Path,
    workspace: Path | None,
    model: str | None,
    device: str,
    batch_size: str,
    terminal: Terminal,
    reread: bool = False,
    wait: bool = False,
) -> tuple[Project, EmbedResult]:
    """Open the project of a folder and bring its vectors up to date.

    Args:
        reread: read unchanged files too.
        wait: wait while another process writes to the workspace.
    """
    size = batch_size_of(batch_size)
    project = Project.open(images, workspace)
    opened = project.workspace
    spec = _model(model, opened)
    if model is None and opened.encoder is None:
        terminal.note(
            "Using the offline starter model; 'winnow models' lists stronger ones to download."
        )
    encoder = _encoder(spec, device, opened, terminal)
    project.use(encoder)
    result = terminal.watch(
        lambda report: embed_images(
            project.workspace, encoder, report, batch_size=size, reread=reread, wait=wait
        )
    )
    for note in result.notes:
        terminal.note(note)
    return project, result


def _encoder(spec: str, device: str, workspace: Workspace, terminal: Terminal) -> Encoder:
    """The encoder; one that the workspace has used already is loaded only if it is needed."""

    def load() -> Encoder:
        return terminal.watch(lambda report: registry.load_encoder(spec, device, report))

    earlier = workspace.encoder
    # Asked for a GPU, the command must say when there is none, even if it would not need it.
    usual = device in ("auto", "cpu")
    if earlier is None or not usual or registry.known_identity(spec) != earlier.identity:
        return load()
    lazy: Any = LazyEncoder(spec, earlier.identity, earlier.dim, load)
    return cast(Encoder, lazy)


def vocabulary_of(
    images: Path,
    workspace: Path | None,
    prompts: Path | None,
    classes: list[str] | None,
    terminal: Terminal,
) -> Vocabulary:
    """Classes from a prompts file, from bare names, or, with neither, the workspace's own."""
    if prompts and classes:
        raise WinnowError(
            "Classes are named twice: give either --prompts or class names, not both."
        )
    if prompts:
        return vocabularies.read(prompts)
    if classes:
        return vocabularies.from_names(classes)
    own = Project.open(images, workspace).classes()
    if not own.classes:
        raise WinnowError(
            "There are no classes: give --prompts prompts.yaml or name at least two classes."
        )
    terminal.note(f"Using the workspace's own {len(own.classes)} classes.")
    return own.checked("The workspace's classes")


def batch_size_of(text: str) -> int | None:
    """What ``--batch-size`` means: None for "auto", else a number from 1."""
    if text == "auto":
        return None
    if not text.isdigit() or int(text) == 0:
        raise WinnowError(f"The batch size {text!r} is no number: write auto or a number from 1.")
    return int(text)
