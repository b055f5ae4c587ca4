"""``winnow evaluate-retrieval``: how well an encoder matches images and captions."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.opening import folder_of, open_embedded
from core.cli.shared.options import Batch, Device, Images, Json, Quiet, WorkspaceFolder, app, path
from core.cli.shared.terminal import Terminal, table
from core.encoders.tuned.learned_from import unseen
from core.learn.tuning.judging import Gains
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.search.retrieval import RECALL_AT, Direction, Figure
from core.services.data.caption_import import MatchedCaptions, matched
from core.services.metrics import blending
from core.services.metrics.blending import Blend
from core.services.metrics.reranking import TOP, Reranked, rerank
from core.services.metrics.retrieval import CaptionScores, evaluate_retrieval
from core.store.csv_tables import read_captions


@app.command("evaluate-retrieval")
def evaluate_captions(
    images: Images,
    captions: Annotated[
        Path | None,
        typer.Option(
            help="CSV file (path,caption); an image may have several [default: the workspace's].",
            show_default=False,
            parser=path,
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Encoder; repeat to compare several [default: the workspace's, else starter].",
            show_default=False,
        ),
    ] = None,
    together: Annotated[
        bool,
        typer.Option(
            "--blend",
            help="Judge two encoders together, too: their scores added, in a share that half of "
            "the captions choose, on the other half.",
        ),
    ] = False,
    in_turn: Annotated[
        bool,
        typer.Option(
            "--rerank",
            help="Judge two encoders one after the other, too: the first finds a hundred, the "
            "second puts these in order.",
        ),
    ] = False,
    workspace: WorkspaceFolder = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Recall@1/5/10 and MRR from captions to images and back, for one or several encoders.

    Only images with captions are candidates. Each encoder's vectors are kept in the workspace;
    the one that was active stays active.
    """
    terminal = Terminal(as_json, quiet)
    if (together or in_turn) and len(set(model or [])) != 2:
        name = "--blend" if together else "--rerank"
        raise WinnowError(f"{name} takes two encoders: name both with --model.")
    pairs = read_captions(captions) if captions else None
    images = folder_of(images, terminal, workspace)
    project = Project.open(images, workspace)
    active = project.workspace.encoder
    results, views = [], []
    try:
        for spec in dict.fromkeys(model) if model else [None]:
            opened, _ = open_embedded(images, workspace, spec, device, batch_size, terminal)
            snapshot = opened.snapshot(Vocabulary())  # no classes take part
            match = _own(snapshot) if pairs is None else matched(snapshot, pairs)
            compared = [snapshot.encoder.spec, *(model or [])]
            work = partial(
                evaluate_retrieval, snapshot.pool, snapshot.encoder, match.rows,
                len(match.missing), beside=compared, derived=snapshot.derived,
            )  # fmt: skip
            results.append(terminal.watch(work))
            if together or in_turn:
                views.append(
                    terminal.watch(
                        partial(
                            blending.matched,
                            snapshot.pool,
                            snapshot.encoder,
                            unseen(match.rows, compared),
                            derived=snapshot.derived,
                        )
                    )
                )
    finally:
        if active is not None and project.workspace.encoder != active:
            project.workspace.with_encoder(active)
    if results[0].unknown:
        terminal.note(
            f"{results[0].unknown} of {results[0].unknown + results[0].captions} captions belong "
            "to no usable image; they take no part."
        )
    if results[0].learned:
        terminal.note(
            f"{results[0].learned:,} captions belong to images that an encoder of these was tuned "
            "on; they take no part."
        )
    both = blending.blend(views[0], views[1]) if together else None
    _show(terminal, results, both, rerank(views[0], views[1]) if in_turn else None)


def _own(snapshot: Snapshot) -> MatchedCaptions:
    """The captions of the workspace; WinnowError when there are none."""
    rows = [(i, text) for i, texts in snapshot.captions.items() for text in texts]
    if not rows:
        raise WinnowError(
            "The workspace has no captions: give --captions captions.csv, or import them on the "
            "Data page."
        )
    return MatchedCaptions(rows, [])


def _show(
    terminal: Terminal, results: list[CaptionScores], both: Blend | None, turn: Reranked | None
) -> None:
    content: dict[str, object] = {"models": [result.as_json() for result in results]}
    if both is not None:
        content["blend"] = both.as_json()
    if turn is not None:
        content["rerank"] = turn.as_json()
    if len(results) == 1:
        content |= results[0].as_json()
    heads = ("", *(f"recall@{k}" for k in RECALL_AT), "MRR")
    lines = []
    for result in results:
        ways = {
            "text → image": result.figures.text_to_image,
            "image → text": result.figures.image_to_text,
        }
        lines += [
            (f"{result.model}, {name}", *_cells(direction)) for name, direction in ways.items()
        ]
    first = results[0]
    head = f"{first.images:,} images, {first.captions:,} captions; in brackets 95 % intervals\n\n"
    parts = [head + table(lines, heads)]
    if both is not None:
        start = (
            f"{both.second} added to {both.first} with a share of {both.share:.0%}, judged on "
            "the half of the captions that did not choose it:"
        )
        parts.append(_together(start, both.gains))
    if turn is not None:
        start = (
            f"The first {TOP} that {turn.first} finds put in order by {turn.second}, "
            "judged on half of the captions:"
        )
        parts.append(_together(start, turn.gains))
    terminal.result(content, "\n\n".join(parts))


def _together(start: str, gains: Gains) -> str:
    """What two encoders do together, against the first alone, on half of the captions."""
    lines = [start]
    for name, own in gains.items():
        rise = own.delta["mrr"]
        lines.append(
            f"{name.replace('_', ' ')}: MRR {own.baseline['mrr'].value:.1%} → "
            f"{own.tuned['mrr'].value:.1%}, {rise.value:+.1%} ({rise.low:+.1%} to "
            f"{rise.high:+.1%})"
        )
    return "\n".join(lines)


def _cells(direction: Direction) -> list[str]:
    return [_cell(figure) for figure in (*direction.recall.values(), direction.mrr)]


def _cell(figure: Figure) -> str:
    return f"{figure.value:.1%} ({figure.low:.1%}–{figure.high:.1%})"
