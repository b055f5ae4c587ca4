"""``winnow runs``: what was made of a question and when, and any two of them compared."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.records.runs_in_words import comparison_in_words, list_in_words
from core.cli.shared.opening import folder_of, open_embedded, vocabulary_of
from core.cli.shared.options import (
    CsvSafe,
    Device,
    Json,
    Prompts,
    Question,
    Quiet,
    WorkspaceFolder,
    app,
    path,
)
from core.cli.shared.person import person
from core.cli.shared.terminal import Terminal
from core.cli.shared.truth import Level, expected
from core.images.names import shown
from core.runtime.errors import WinnowError
from core.runtime.typed import address_path
from core.store.questions import named as question_named
from core.store.workspace import Workspace, load, open_workspace

if TYPE_CHECKING:
    from core.project.project import Project
    from core.prompts.vocabulary import Vocabulary
    from core.services.metrics.runs.listing import Run

runs_app = typer.Typer(
    help="List what was made of a question, compare any two, note, pin. The folder of the images "
    "comes first; with --workspace it may be left out.",
    no_args_is_help=True,
)
app.add_typer(runs_app, name="runs")

_WHERE = Annotated[
    list[str] | None, typer.Argument(metavar="[IMAGES]", help="Folder with the images.",
                                     show_default=False)
]  # fmt: skip
_PAIR = Annotated[
    list[str],
    typer.Argument(
        metavar="[IMAGES] A B",
        help="Two runs: ids of 'winnow runs list', dates such as 2026-01-31 (the last predictions "
        "before it), now, or pinned.",
        show_default=False,
    ),
]
_RUN = Annotated[
    list[str],
    typer.Argument(metavar="[IMAGES] RUN", help="A run, or none.", show_default=False),
]
_NOTE = Annotated[
    list[str],
    typer.Argument(
        metavar="[IMAGES] RUN TEXT", help="A run and what to note of it.", show_default=False
    ),
]
_NAME = Annotated[
    list[str],
    typer.Argument(metavar="[IMAGES] NAME", help="What to call it.", show_default=False),
]
_All = Annotated[
    bool, typer.Option("--all", help="Also the predictions that are kept every ten minutes.")
]
_Out = Annotated[
    Path | None,
    typer.Option(
        metavar="F.csv", help="List the images that changed class in a table.",
        show_default=False, parser=path,
    ),
]  # fmt: skip
_Truth = Annotated[
    Path | None,
    typer.Option(
        help="Decide who is right by a table (path,label), or the word folders for their names, "
        "instead of random images.",
        show_default=False,
        parser=path,
    ),
]
_Tags = Annotated[bool, typer.Option("--tags", help="Also look at slices by the workspace's tags.")]


@runs_app.command("list")
def list_(
    images: _WHERE = None,
    everything: _All = False,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the runs of a question, the newest first."""
    from core.services.metrics.runs.listing import AUTOMATIC, KINDS, runs

    terminal = Terminal(as_json, quiet)
    opened, _ = _opened(images or [], 0, workspace, question, terminal)
    listed = runs(opened, [kind for kind in KINDS if everything or kind != AUTOMATIC])
    terminal.result({"runs": [run.as_json() for run in listed]}, list_in_words(listed))


@runs_app.command("compare")
def compare(
    runs: _PAIR,
    out: _Out = None,
    tags: _Tags = False,
    truth: _Truth = None,
    truth_level: Level = None,
    prompts: Prompts = None,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    device: Device = "auto",
    csv_safe: CsvSafe = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare two runs: which images changed class, and which is right more often."""
    from core.services.metrics.runs import comparing
    from core.services.metrics.runs.answers import of_truth
    from core.services.metrics.runs.flipped import write
    from core.services.metrics.runs.listing import PRESENT
    from core.services.metrics.runs.naming import named
    from core.services.predict.predicting import predict

    terminal = Terminal(as_json, quiet)
    wanted = expected(truth, truth_level) if truth else None
    opened, (first, second) = _opened(runs, 2, workspace, question, terminal)
    now = time.time()
    before, after = named(opened, first, now), named(opened, second, now)
    classes = None
    if prompts is not None or PRESENT in (before.kind, after.kind):
        classes = _classes(opened, prompts, question, terminal)
    project = _project(opened, [before, after], tags, device, question, terminal)
    snapshot = project.snapshot(classes)
    compared = comparing.compare(
        snapshot,
        lambda: predict(snapshot),
        before,
        after,
        _tags(project, terminal) if tags else None,
        of_truth(snapshot, wanted.of(snapshot, terminal.note)[0]) if wanted else None,
    )
    if out is not None:
        write(snapshot, compared.flips, out, csv_safe)
    content = compared.as_json() | {"out": str(out) if out else None}
    terminal.result(content, comparison_in_words(compared))


@runs_app.command("pin")
def pin(
    run: _RUN,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say which run is the one that counts; none takes the pin away."""
    from core.services.metrics.runs import listing
    from core.services.metrics.runs.naming import named

    terminal = Terminal(as_json, quiet)
    opened, (text,) = _opened(run, 1, workspace, question, terminal)
    target = None if text == "none" else named(opened, text, time.time())
    listing.pin(opened, target, person())
    line = "No run is pinned now." if target is None else f"{shown(target.title)} counts now."
    terminal.result({"pinned": None if target is None else target.id}, line)


@runs_app.command("note")
def note(
    run: _NOTE,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Note something of a run, in place of the note before; an empty text takes it away."""
    from core.services.metrics.runs import listing
    from core.services.metrics.runs.naming import named

    terminal = Terminal(as_json, quiet)
    opened, (text, words) = _opened(run, 2, workspace, question, terminal)
    target = named(opened, text, time.time())
    listing.note(opened, target, words, person())
    terminal.result({"id": target.id, "note": words.strip() or None}, f"Noted of {target.title}.")


@runs_app.command("keep")
def keep(
    name: _NAME,
    prompts: Prompts = None,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Keep what is predicted now under a name, to compare with it later."""
    from core.services.predict.predicting import predict
    from core.services.predict.recording import MOMENT, record

    terminal = Terminal(as_json, quiet)
    opened, (text,) = _opened(name, 1, workspace, question, terminal)
    if len(name) == 1 and Path(text).expanduser().is_dir():
        raise WinnowError(
            f"{shown(text)} is a folder; the name is missing: winnow runs keep IMAGES NAME."
        )
    classes = _classes(opened, prompts, question, terminal)
    project, _ = open_embedded(
        opened.images, opened.root, None, device, "auto", terminal, question=question
    )
    snapshot = project.snapshot(classes)
    entry = record(snapshot, predict(snapshot), MOMENT, text, person())
    terminal.result({"id": entry.id, "name": text}, f"Kept as {shown(entry.id)}.")


# -- opening --------------------------------------------------------------------------------------


def _opened(
    words: Sequence[str],
    count: int,
    workspace: Path | None,
    question: str | None,
    terminal: Terminal,
) -> tuple[Workspace, list[str]]:
    """The workspace with its question, and the ``count`` words beside the folder of the images."""
    if len(words) not in (count, count + 1):
        raise WinnowError(
            f"{len(words)} words are too {'few' if len(words) < count else 'many'}: name the "
            f"folder of the images and {count} more."
        )
    if len(words) > count:
        folder = folder_of(address_path(words[0]), terminal, workspace)
        opened = open_workspace(folder, workspace)
    elif workspace is not None:
        opened = load(workspace.expanduser().resolve())
    else:
        raise WinnowError("Name the folder of the images first, or a workspace with --workspace.")
    slug = question_named(opened.root, question).slug if question is not None else ""
    return opened.asking(slug), list(words[len(words) - count :])


def _classes(
    opened: Workspace, prompts: Path | None, question: str | None, terminal: Terminal
) -> Vocabulary | None:
    """The classes of what is predicted now; None for those that the question has."""
    from core.project.project import Project

    if prompts is None and Project(opened).classes().classes:
        return None
    return vocabulary_of(opened.images, opened.root, prompts, None, terminal, question)


def _project(
    opened: Workspace,
    compared: Sequence[Run],
    tags: bool,
    device: str,
    question: str | None,
    terminal: Terminal,
) -> Project:
    """The project; embedded anew only where something is to be predicted now."""
    from core.project.project import Project
    from core.services.metrics.runs.listing import PRESENT, PROMPTS

    if tags or any(run.kind in (PRESENT, PROMPTS) for run in compared):
        return open_embedded(
            opened.images, opened.root, None, device, "auto", terminal, question=question
        )[0]
    return Project(opened)


def _tags(project: Project, terminal: Terminal) -> dict[str, Any]:
    """code → (N,) bool, the images that have a tag."""
    from core.services.tags.tagging import tagging_of

    snapshot, tags = project.snapshot(), project.tag_file.tags()
    if not tags.tags:
        raise WinnowError("The workspace has no tags: leave out --tags, or make some first.")
    tagged = terminal.watch(lambda report: tagging_of(project).score(snapshot, tags, report))
    return tagged.accepted()
