"""``winnow ablate``: pictures alone, words alone, both: which is right more often?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from core.cli.shared.opening import folder_of, open_embedded, vocabulary_of
from core.cli.shared.options import (
    Classes,
    Device,
    Family,
    Images,
    Json,
    Model,
    Prompts,
    Question,
    Quiet,
    Truth,
    WorkspaceFolder,
    app,
    path,
    percent,
)
from core.cli.shared.speaking import Words, speaking
from core.cli.shared.terminal import Terminal, table
from core.cli.shared.truth import Level, expected
from core.images.names import shown
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    from core.learn.words.ablation import Ablation

Metadata = Annotated[
    Path | None,
    typer.Option(
        help="Table with the words, a row an image [default: the imported columns].",
        show_default=False,
        parser=path,
    ),
]
Columns = Annotated[
    str,
    typer.Option(
        metavar="NAME,…",
        help="Columns that are judged alone too, with commas between; 'all' for those of the "
        "template.",
    ),
]
_TITLES = {"image": "pictures", "text": "words", "both": "both"}


@app.command()
def ablate(
    images: Images,
    truth: Truth,
    truth_level: Level = None,
    classes: Classes = None,
    prompts: Prompts = None,
    family: Family = "auto",
    metadata: Metadata = None,
    words: Words = None,
    columns: Columns = "",
    per_class: Annotated[
        str, typer.Option(help="Labels of each class, 0 for prompts alone.")
    ] = "0,5,10,20",
    seeds: Annotated[int, typer.Option(min=1, max=1_000, help="Draws of labels.")] = 10,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    model: Model = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare pictures alone, words alone, both and single columns, on images of known truth."""
    from core.services.metrics import ablation

    terminal = Terminal(as_json, quiet)
    counts = _counts(per_class)
    wanted = expected(truth, truth_level)
    images = folder_of(images, terminal, workspace)
    vocabulary = vocabulary_of(images, workspace, prompts, classes, terminal, question, family)
    project, _ = open_embedded(
        images, workspace, model, device, "auto", terminal, question=question
    )
    snapshot = project.snapshot(vocabulary)
    if metadata is not None:
        snapshot = with_metadata(snapshot, metadata, terminal)
    snapshot = speaking(snapshot, words, terminal)
    true, _ = wanted.of(snapshot, terminal.note)
    alone = _alone(snapshot, columns)
    result = terminal.watch(lambda r: ablation.ablate(snapshot, true, counts, seeds, r, alone))
    sentence = ablation.worth(ablation.headline(result))
    terminal.result(ablation.as_json(result, snapshot), f"{_text(result)}\n\n{sentence}")


def with_metadata(snapshot: Snapshot, file: Path, terminal: Terminal) -> Snapshot:
    """With the columns of a table in place of the imported ones, for this command alone."""
    from core.services.data.metadata import importing
    from core.store.metadata.table import MetadataTable

    read = importing.of_table(snapshot, file)
    if read.rejected:
        terminal.note(
            f"{len(read.rejected):,} of {read.rows:,} rows of {shown(file.name)} name no image."
        )
    version = f"{file.resolve()}:{file.stat().st_mtime_ns}"
    held = MetadataTable(tuple(read.cells), read.kinds, version, read.ids, read.cells)
    return replace(snapshot, read_metadata=lambda: held)


def _counts(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        raise WinnowError(f"The labels of a class {text!r} are no numbers: write them like 5,10.")
    return tuple(sorted({int(part) for part in parts}))


def _alone(snapshot: Snapshot, text: str) -> list[str]:
    """The columns that are judged alone, as the option names them."""
    from core.services.metrics.ablation import single_columns
    from core.services.predict.word_template import WordTemplate

    if text.strip().casefold() != "all":
        return [name.strip() for name in text.split(",") if name.strip()]
    if not snapshot.words:
        return []  # the comparison says what is missing
    speaking = WordTemplate.parse(snapshot.words).columns
    return [source for source, name in single_columns(snapshot).items() if name in speaking]


def _text(result: Ablation) -> str:
    """A row a number of labels: accuracy of each source, and how much both are ahead."""
    rows = []
    sources = list(dict.fromkeys(point.source for point in result.points))
    for count in dict.fromkeys(point.per_class for point in result.points):
        means = [
            np.mean([p.accuracy for p in result.points if (p.per_class, p.source) == (count, name)])
            for name in sources
        ]
        gaps = {gap.pair: gap for gap in result.gaps if gap.per_class == count}
        ahead = [
            f"{100 * gap.mean:+.1f} ({100 * gap.low:+.1f} to {100 * gap.high:+.1f})"
            for gap in (gaps["both", "image"], gaps["both", "text"])
        ]
        rows.append((str(count), *(percent(float(mean)) for mean in means), *ahead))
    titles = [_TITLES.get(name, f"{shown(name)} alone") for name in sources]
    columns = ("labels a class", *titles, "both − pictures", "both − words")
    return table(rows, columns)
