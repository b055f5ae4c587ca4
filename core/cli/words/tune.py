"""``winnow tune``: tune an encoder on pairs of images and words."""

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
    Quiet,
    WorkspaceFolder,
    app,
    path,
)
from core.cli.shared.terminal import Terminal, table
from core.learn.tuning.judging import DIRECTIONS, Gains, Measure
from core.learn.tuning.ranks import MEASURES
from core.project.project import Project
from core.services.tuning import table as written
from core.services.tuning.managing import base_of, free_name
from core.services.tuning.outcome import Outcome
from core.services.tuning.pairing import of_table
from core.services.tuning.retention import Retention
from core.services.tuning.tuning import tune

_WAYS = {"text_to_image": "text → image", "image_to_text": "image → text"}
_HEADS = dict(zip(MEASURES, ("recall@1", "recall@5", "recall@10", "MRR"), strict=True))


@app.command("tune")
def tune_(
    images: Images,
    pairs: Annotated[
        Path,
        typer.Option(
            help="Table with a column that names images and columns of words (CSV, Parquet, JSON "
            "Lines or Excel).",
            show_default=False,
            parser=path,
        ),
    ],
    words: Annotated[
        str | None,
        typer.Option(
            metavar="TEMPLATE",
            help='Columns that speak, such as "{title}. {keywords}" [default: captions or titles].',
            show_default=False,
        ),
    ] = None,
    depth: Annotated[
        Literal["adapter", "lora"],
        typer.Option(
            help="What is learned: maps on top of frozen vectors (seconds to minutes), or a change "
            "of the layers of an open_clip model (needs the extra lora, and a GPU to be fast)."
        ),
    ] = "adapter",
    name: Annotated[
        str | None,
        typer.Option(help="Of the tuned encoder [default: the folder's].", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the split and all else that is drawn.")] = 0,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--table",
            metavar="FILE",
            help="Write the table, too: a .csv or .json file, or a .png with the learning curve; "
            "repeat for several.",
            show_default=False,
            parser=path,
        ),
    ] = None,
    workspace: WorkspaceFolder = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tune the encoder on your own pairs; kept only when it helps on others and harms nothing.

    The result is used as any encoder is: --model tuned:NAME. Tuning of layers that was stopped or
    killed goes on where it was when the same command is given again.
    """
    terminal = Terminal(as_json, quiet)
    for file in out or []:
        written.check(file)
    images = folder_of(images, terminal, workspace)
    active = Project.open(images, workspace).workspace.encoder
    spec = base_of(model or (active.spec if active else "starter"))
    project, _ = open_embedded(images, workspace, spec, device, batch_size, terminal)
    snapshot = project.snapshot()
    if active is not None and project.workspace.encoder != active:
        project.workspace.with_encoder(active)  # the one in use stays in use
    described = of_table(snapshot, pairs, words)
    wanted = name or free_name(images.name)
    outcome = terminal.watch(lambda report: tune(snapshot, described, wanted, seed, report, depth))
    for file in out or []:
        written.write(outcome, file)
    _show(terminal, outcome)


def _show(terminal: Terminal, outcome: Outcome) -> None:
    lines = [outcome.why]
    if outcome.accepted:
        lines.append(f"Use it as any encoder: --model {outcome.spec}")
    else:
        lines.append("Nothing is kept.")
    lines.append(
        f"{outcome.pairs:,} pairs, {outcome.unmatched:,} rows of no embedded image, "
        f"{outcome.without_words:,} without words; {outcome.seconds:.0f} s"
    )
    for part, gains in (("validation", outcome.validation), ("test", outcome.test)):
        if gains is not None:
            lines += ["", part, table(_rows(gains), ("", "baseline", "tuned", "difference"))]
    if outcome.retention:
        heads = ("must not fall", "judged", "baseline", "tuned")
        lines += ["", table([_retention(each) for each in outcome.retention], heads)]
    terminal.result(outcome.as_json(), "\n".join(lines))


def _rows(gains: Gains) -> list[tuple[str, ...]]:
    return [
        (
            f"{_WAYS[name]}, {_HEADS[measure]}",
            *(_cell(getattr(gains[name], part)[measure]) for part in ("baseline", "tuned")),
            _cell(gains[name].delta[measure], sign="+"),
        )
        for name in DIRECTIONS
        for measure in MEASURES
    ]


def _cell(measure: Measure, sign: str = "") -> str:
    return f"{measure.value:{sign}.3f} ({measure.low:{sign}.3f} to {measure.high:{sign}.3f})"


def _retention(each: Retention) -> tuple[str, ...]:
    return each.what, f"{each.n:,}", f"{each.baseline:.1%}", f"{each.tuned:.1%}"
