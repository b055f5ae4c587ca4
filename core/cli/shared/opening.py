"""From what a command was given to an open, embedded project. Every refusal is one sentence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, cast

from core.cli.shared.families import refuse_beside_prompts, with_family
from core.cli.shared.terminal import Terminal
from core.embedding.engines.base import Engine
from core.embedding.pending import Counts, pending
from core.embedding.run import EmbedResult, already_embedded
from core.embedding.run import embed as embed_images
from core.encoders import registry
from core.encoders.base import Encoder
from core.encoders.lazy import LazyEncoder
from core.images.archives import Unpacked, is_archive, unpacked
from core.images.names import shown
from core.project.project import Project
from core.prompts import vocabulary as vocabularies
from core.prompts.families import AUTO
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.data.label_loss import warn_of_loss
from core.store.moved import moved_workspaces
from core.store.places import unpacked_root
from core.store.workspace import (
    Workspace,
    check_images,
    is_workspace,
    open_workspace,
    point_to,
    root_of,
)

_EXAMPLES = 4  # names of an archive that show how they were read
_ENCODINGS = ("shift-jis", "big5", "gbk", "euc-kr", "cp1252", "cp850", "cp1251", "cp866")
_MATCHES = 5  # workspaces that are named when several fit
SKIPPED_NAMED = 10  # members of an archive that are named when they are left out


def folder_of(
    images: Path,
    terminal: Terminal,
    workspace: Path | None = None,
    names_encoding: str | None = None,
) -> Path:
    """The image folder; an archive is unpacked first, with progress, and what it held is told.

    Args:
        workspace: the one that is named; without one, a folder that was moved finds its own.
        names_encoding: of an archive's names that do not tell theirs; None to find out.
    """
    folder = images_of(images, terminal, names_encoding)
    if workspace is None and not images.expanduser().resolve().is_file():
        find_moved(folder, terminal)
    return folder


def images_of(images: Path, terminal: Terminal, names_encoding: str | None = None) -> Path:
    """`folder_of` for a folder that needs no workspace: none is looked for."""
    archive = images.expanduser().resolve()
    if not archive.is_file():
        return check_images(images)
    folder = terminal.watch(lambda report: check_images(archive, report, encoding=names_encoding))
    content = unpacked(archive, folder)
    if content is not None:
        _tell_archive(archive.name, content, terminal)
    return folder


def _tell_archive(name: str, content: Unpacked, terminal: Terminal) -> None:
    terminal.note(
        f"{shown(name)} is unpacked in {shown(content.folder)}: {content.files:,} files"
        + (f", {len(content.skipped):,} others left out." if content.skipped else ".")
    )
    for member, why in content.skipped[:SKIPPED_NAMED]:
        terminal.note(f"left out {member}: {why}")
    if len(content.skipped) > SKIPPED_NAMED:
        reasons = Counter(why for _, why in content.skipped[SKIPPED_NAMED:])
        for why, count in reasons.most_common():
            terminal.note(f"left out {count:,} more: {why}")
    if content.passed_over:
        terminal.note(f"{content.passed_over:,} hidden files or leftovers of systems passed over.")
    if content.encoding not in (None, "utf-8") or not content.sure:
        doubt = "" if content.sure else ", but are few and may be in another"
        terminal.note(
            f"Its names are read as {content.encoding_title}{doubt}: "
            f"{', '.join(content.examples[:_EXAMPLES])}. If they look wrong, name the encoding: "
            f"--names-encoding NAME, such as {', '.join(_ENCODINGS)}."
        )


def find_moved(folder: Path, terminal: Terminal, save: bool = True) -> Path | None:
    """Let a folder without a workspace go on with the one it had before it was moved.

    Args:
        save: point the workspace to the folder; otherwise it is only looked for.

    Returns:
        The workspace's folder; None when the folder has one already, or none fits, or several do.
    """
    if is_workspace(root_of(folder)):
        return None
    matches = moved_workspaces(folder)
    if len(matches) > 1:
        names = ", ".join(shown(match.workspace.root) for match in matches[:_MATCHES])
        terminal.note(
            f"{shown(folder)} holds the images of {len(matches)} workspaces whose folders are "
            f"gone, so a new one is begun; name one with --workspace to go on with it: {names}"
        )
    if len(matches) != 1:
        return None
    match = matches[0]
    terminal.note(
        f"{shown(folder)} holds the images that were in {shown(match.workspace.images)} "
        f"({match.there} of {match.looked} files compared): its workspace "
        f"{shown(match.workspace.root)} goes on here. Name another with --workspace to begin anew."
    )
    if save:
        point_to(match.workspace, folder)
    return match.workspace.root


def workspace_of(images: Path, workspace: Path | None, terminal: Terminal) -> Workspace:
    """The workspace of a folder; one that was moved finds its own again."""
    if workspace is None:
        find_moved(check_images(images), terminal)
    return open_workspace(images, workspace)


def project_of(
    images: Path, workspace: Path | None, question: str | None, terminal: Terminal
) -> Project:
    """The project of a folder; one that was moved finds its workspace again."""
    if workspace is None:
        find_moved(check_images(images), terminal)
    return Project.open(images, workspace, question)


def planned(
    images: Path, workspace: Path | None, model: str | None, reread: bool, terminal: Terminal
) -> tuple[Counts, str]:
    """What embedding would do and with which model, without loading it or writing anything."""
    source = images.expanduser().resolve()
    if source.is_file() and is_archive(source) and unpacked(source, unpacked_root(source)) is None:
        raise WinnowError(
            f"{source} is not unpacked yet, so nothing is known of it: leave out --dry-run once."
        )
    if workspace is None and source.is_dir():
        workspace = find_moved(source, terminal, save=False)
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
    question: str | None = None,
    engine: Engine | None = None,
) -> tuple[Project, EmbedResult]:
    """Open the project of a folder and bring its vectors up to date.

    Args:
        reread: read unchanged files too.
        wait: wait while another process writes to the workspace.
        question: name of the question to open; by default the first.
        engine: what reads and encodes; threads of this process when None.
    """
    size = batch_size_of(batch_size)
    project = Project.open(images, workspace, question)
    opened = project.workspace
    warn_of_loss(opened, project.labels, terminal.note)
    spec = _model(model, opened)
    if model is None and opened.encoder is None:
        terminal.note(
            "Using the offline starter model; 'winnow models' lists stronger ones to download."
        )
    encoder = _encoder(spec, device, opened, terminal)
    project.use(encoder)
    result = terminal.watch(
        lambda report: embed_images(
            project.workspace,
            encoder,
            report,
            batch_size=size,
            engine=engine,
            reread=reread,
            wait=wait,
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
    question: str | None = None,
    family: str = AUTO,
) -> Vocabulary:
    """Classes from a prompts file, from bare names, or, with neither, those of the question.

    Args:
        family: whose prompts bare names get.
    """
    if prompts and classes:
        raise WinnowError(
            "Classes are named twice: give either --prompts or class names, not both."
        )
    if prompts:
        refuse_beside_prompts(family, str(prompts))
        return vocabularies.read(prompts)
    if classes:
        return with_family(classes, images, family, terminal)
    refuse_beside_prompts(family, "the workspace")
    own = Project.open(images, workspace, question).classes()
    if not own.classes:
        raise WinnowError(
            "There are no classes: give --prompts prompts.yaml, name at least two where the "
            "command takes names, or write them on the Prompts page."
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
