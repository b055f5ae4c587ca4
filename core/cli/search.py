"""``winnow search``: the images that fit texts and images best."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from core.cli.shared.opening import folder_of, open_embedded
from core.cli.shared.options import (
    Batch,
    Device,
    Images,
    Json,
    Model,
    Question,
    Quiet,
    WorkspaceFolder,
    app,
    path,
)
from core.cli.shared.terminal import Terminal, table
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError

IndexUse = Literal["auto", "exact", "build"]


@app.command()
def search(
    images: Images,
    text: Annotated[
        list[str] | None,
        typer.Option(
            help='What to find: "a red dress", "a dress +red -drawing", "2*shoes +leather".',
            show_default=False,
        ),
    ] = None,
    image: Annotated[
        list[Path] | None,
        typer.Option(
            help="An image to find the like of: a file, or a path within IMAGES.",
            show_default=False,
            parser=path,
        ),
    ] = None,
    not_text: Annotated[
        list[str] | None,
        typer.Option("--not", help="A text to keep away from.", show_default=False),
    ] = None,
    not_image: Annotated[
        list[Path] | None,
        typer.Option(help="An image to keep away from.", show_default=False, parser=path),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            help="Filter, such as width>=800, class=shoes, path^=2024/; all must hold.",
            show_default=False,
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", help="Results, at most.", min=1)] = 20,
    min_score: Annotated[
        float | None, typer.Option(help="Leave out results below this.", show_default=False)
    ] = None,
    index: Annotated[
        IndexUse,
        typer.Option(help="auto: use an index where there is one; build: make it first."),
    ] = "auto",
    workspace: WorkspaceFolder = None,
    question: Question = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find images by text, by example, or both. --text, --image, --not, --where may be repeated."""
    # Filters know the models, which import scipy.optimize: no other command should wait for it.
    from core.services.search.examples import examples_of
    from core.services.search.filtering import asks_classes
    from core.services.search.request import Request
    from core.services.search.searching import searcher_of

    terminal = Terminal(as_json, quiet)
    images = folder_of(images, terminal, workspace)
    if not (text or image or not_text or not_image or where):
        raise WinnowError(
            'There is nothing to search for: give --text "…", --image FILE or --where …'
        )
    project, _ = open_embedded(
        images, workspace, model, device, batch_size, terminal, question=question
    )
    # A vocabulary file that is damaged is no trouble for a search that asks for no class.
    snapshot = project.snapshot(None if asks_classes(where or []) else Vocabulary())
    searcher = searcher_of(snapshot)
    if index == "build" and not searcher.collection.large:
        terminal.note(f"{len(snapshot):,} images need no index: all are compared.")
    elif index == "build" and searcher.collection.index_due:
        terminal.watch(lambda report: searcher.build_index(snapshot, report))
    like, vectors = examples_of(snapshot, image or [])
    unlike, unlike_vectors = examples_of(snapshot, not_image or [])
    answer = searcher.find(
        Request(
            text=_text(text or [], not_text or []),
            like=like,
            unlike=unlike,
            vectors=vectors,
            unlike_vectors=unlike_vectors,
            where=tuple(where or ()),
            k=k,
            min_score=min_score,
            method="exact" if index == "exact" else "auto",
        ),
        snapshot,
    )
    if answer.note:
        terminal.note(answer.note)
    content = {
        "results": [{"path": r.path, "score": r.score, "id": r.id} for r in answer.results],
        "index": answer.kind,
        "recall": answer.recall,
        "searched": answer.searched,
    }
    rows = [(r.path, "–" if r.score is None else f"{r.score:.3f}") for r in answer.results]
    terminal.result(
        content, table(rows, ("path", "score")) if rows else "No image fits; widen the search."
    )


def _text(wanted: list[str], unwanted: list[str]) -> str:
    """One query from the options; what to keep away from is quoted, its signs are text."""
    terms = [text if text.lstrip().startswith(("+", "-")) else f"+{text}" for text in wanted]
    return " ".join([*terms, *('-"' + text.replace('"', "") + '"' for text in unwanted)])
