"""From what a command was given to an open, embedded project. Every refusal is one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from core.cli.shared.terminal import Terminal
from core.embedding.pending import Counts, pending
from core.embedding.run import EmbedResult, already_embedded
from core.embedding.run import embed as embed_images
from core.encoders.base import Encoder
from core.images.archives import is_archive, unpacked
from core.images.names import shown
from core.project.project import Project
from core.prompts import vocabulary as vocabularies
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.progress import MEGABYTE
from core.store.workspace import Workspace, check_images, open_workspace, unpacked_root

SKIPPED_TOLD = 10  # members of an archive that are named when they are left out


def folder_of(images: Path, terminal: Terminal) -> Path:
    """The image folder; an archive is unpacked first, with progress, and what it held is told."""
    given = images.expanduser().resolve()
    if not given.is_file():
        return check_images(images)
    folder = terminal.watch(
        lambda report: check_images(
            given,
            lambda done, total: report.tell(
                "Unpacking, MB", done // MEGABYTE, max(1, total // MEGABYTE)
            ),
            lambda: report.cancelled,
        )
    )
    content = unpacked(given, folder)
    if content is not None:
        terminal.note(
            f"{shown(given.name)} is unpacked in {folder}: {content.files:,} files"
            + (f", {len(content.skipped):,} others left out." if content.skipped else ".")
        )
        for name, why in content.skipped[:SKIPPED_TOLD]:
            terminal.note(f"left out {name}: {why}")
    return folder


def planned(
    images: Path, workspace: Path | None, model: str | None, reread: bool, terminal: Terminal
) -> tuple[Counts, str]:
    """What embedding would do and with which model, without loading it or writing anything."""
    from core.encoders.registry import known_identity

    given = images.expanduser().resolve()
    if given.is_file() and is_archive(given) and unpacked(given, unpacked_root(given)) is None:
        raise WinnowError(
            f"{given} is not unpacked yet, so nothing is known of it: leave out --dry-run once."
        )
    opened = open_workspace(images, workspace, save=False)
    spec = _model(model, opened)
    identity = known_identity(spec)
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
    from core.encoders.registry import known_identity

    opened = Project.open(images, workspace).workspace
    spec = _model(model, opened)
    return terminal.watch(lambda r: already_embedded(opened, known_identity(spec), r))


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
    from core.encoders.lazy import LazyEncoder
    from core.encoders.registry import known_identity, load_encoder

    def load() -> Encoder:
        return terminal.watch(
            lambda report: load_encoder(
                spec,
                device,
                progress=lambda p: report.tell(
                    f"Downloading {spec}, MB", p.done // MEGABYTE, (p.total or 0) // MEGABYTE
                ),
                cancelled=lambda: report.cancelled,
            )
        )

    known = workspace.encoder
    # Asked for a GPU, the command must say when there is none, even if it would not need it.
    usual = device in ("auto", "cpu")
    if known is None or not usual or known_identity(spec) != known.identity:
        return load()
    lazy: Any = LazyEncoder(spec, known.identity, known.dim, load)
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
    kept = Project.open(images, workspace).vocabulary()
    if not kept.classes:
        raise WinnowError(
            "There are no classes: give --prompts prompts.yaml or name at least two classes."
        )
    terminal.note(f"Using the workspace's own {len(kept.classes)} classes.")
    return kept.checked("The workspace's classes")


def labels_of(
    project: Project, vocabulary: Vocabulary, given: dict[str, str], terminal: Terminal
) -> dict[str, str]:
    """Labels of this call by image id, with a note on those that belong to no usable image."""
    rows = project.pool().row_of_path()
    unknown = [path for path in given if path not in rows]
    if unknown and len(unknown) < len(given):
        terminal.note(
            f"{len(unknown)} of {len(given)} labels belong to no usable image, "
            f"the first to {shown(unknown[0])}; they take no part."
        )
    return project.labels_of_paths(given, vocabulary)


def batch_size_of(text: str) -> int | None:
    """What ``--batch-size`` means: None for "auto", else a number from 1."""
    if text == "auto":
        return None
    if not text.isdigit() or int(text) == 0:
        raise WinnowError(f"The batch size {text!r} is no number: write auto or a number from 1.")
    return int(text)
