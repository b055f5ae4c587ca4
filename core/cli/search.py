"""``winnow search``: the images that fit texts and images best."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

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

if TYPE_CHECKING:
    from core.project.project import Project
    from core.services.search.request import Result

IndexUse = Literal["auto", "exact", "build"]
SearchBy = Literal["meaning", "words", "both"]


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
    sort: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            help="Sort by a column that filters may name, as -COLUMN the greatest first: all that "
            "pass, or the best of a search.",
            show_default=False,
        ),
    ] = "",
    min_score: Annotated[
        float | None, typer.Option(help="Leave out results below this.", show_default=False)
    ] = None,
    by: Annotated[
        SearchBy | None,
        typer.Option(
            help="What --text is looked for in: what images show, words that you imported with "
            "them, or both in one ranking [default: meaning; both with --words-in].",
            show_default=False,
        ),
    ] = None,
    words_in: Annotated[
        str,
        typer.Option(
            metavar="COLUMN|all",
            help="The column whose words are searched [default: all].",
            show_default=False,
        ),
    ] = "",
    index: Annotated[
        IndexUse,
        typer.Option(help="auto: use an index where there is one; build: make it first."),
    ] = "auto",
    predictions: Annotated[
        bool,
        typer.Option(
            help="Say as what each result is predicted; of a large labeled collection that takes "
            "seconds."
        ),
    ] = True,
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
    from core.services.search.finding import find
    from core.services.search.predicted import predicted
    from core.services.search.request import Request
    from core.services.search.searching import searcher_of

    terminal = Terminal(as_json, quiet)
    images = folder_of(images, terminal, workspace)
    if not (text or image or not_text or not_image or where or sort):
        raise WinnowError(
            'There is nothing to search for: give --text "…", --image FILE or --where …'
        )
    if (words_in or by in ("words", "both")) and not text:
        raise WinnowError(
            "Words are searched by a text: give --text, or leave --by and --words-in out."
        )
    if words_in and by == "meaning":
        raise WinnowError("--words-in goes with --by words or both: leave one of the two out.")
    project, _ = open_embedded(
        images, workspace, model, device, batch_size, terminal, question=question
    )
    asks = asks_classes([*(where or []), *([f'"{sort.removeprefix("-")}"!='] if sort else [])])
    snapshot = project.snapshot(
        _classes(project, asks, terminal) if predictions or asks else Vocabulary()
    )
    searcher = searcher_of(snapshot)
    if index == "build" and not searcher.collection.large:
        terminal.note(f"{len(snapshot):,} images need no index: all are compared.")
    elif index == "build" and searcher.collection.index_due:
        terminal.watch(lambda report: searcher.build_index(snapshot, report))
    like, vectors = examples_of(snapshot, image or [])
    unlike, unlike_vectors = examples_of(snapshot, not_image or [])
    answer = find(
        searcher,
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
            sort=sort,
            by=by or ("both" if words_in else "meaning"),
            words_in=words_in or "all",
        ),
        snapshot,
    )
    if answer.note:
        terminal.note(answer.note)
    classes = predicted(snapshot, answer.results) if predictions else [None] * len(answer.results)
    content = {
        "results": [_entry(*pair) for pair in zip(answer.results, classes, strict=True)],
        "index": answer.kind,
        "recall": answer.recall,
        "searched": answer.searched,
    }
    terminal.result(content, _as_text(answer.results, classes))


Predicted = tuple[str, float] | None
"""A class and its probability; None where there are no classes."""


def _classes(project: Project, needed: bool, terminal: Terminal) -> Vocabulary:
    """The classes of the question.

    A vocabulary file that is damaged is no trouble for a search that asks for no class.
    """
    try:
        return project.classes()
    except WinnowError as error:
        if needed:
            raise
        terminal.note(f"Predicted classes are left out: {error}")
        return Vocabulary()


def _entry(result: Result, predicted: Predicted) -> dict[str, Any]:
    name, probability = predicted or (None, None)
    return {
        "path": result.path,
        "score": result.score,
        "id": result.id,
        "predicted": name,
        "probability": probability,
    }


def _as_text(results: Sequence[Result], classes: Sequence[Predicted]) -> str:
    if not results:
        return "No image fits; widen the search."
    rows: list[tuple[str, ...]] = [
        (r.path, "–" if r.score is None else f"{r.score:.3f}") for r in results
    ]
    heads: tuple[str, ...] = ("path", "score")
    if any(classes):
        more = [("", "") if one is None else (one[0], f"{one[1]:.0%}") for one in classes]
        rows = [(*row, *cells) for row, cells in zip(rows, more, strict=True)]
        heads = (*heads, "predicted", "probability")
    return table(rows, heads)


def _text(wanted: list[str], unwanted: list[str]) -> str:
    """One query from the options; what to keep away from is quoted, its signs are text."""
    terms = [text if text.lstrip().startswith(("+", "-")) else f"+{text}" for text in wanted]
    return " ".join([*terms, *('-"' + text.replace('"', "") + '"' for text in unwanted)])
