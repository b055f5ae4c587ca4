"""``--words``: which columns speak beside the pictures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from core.cli.shared.terminal import Terminal
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot

Words = Annotated[
    str | None,
    typer.Option(
        metavar="TEMPLATE",
        help='Imported columns that count beside the pictures, such as "{title}. {keywords}"; see '
        "'winnow metadata'. Empty: pictures alone [default: as the question is set in the app].",
        show_default=False,
    ),
]


def speaking(snapshot: Snapshot, words: str | None, terminal: Terminal) -> Snapshot:
    """The snapshot with the columns that speak, their texts read with progress.

    Args:
        words: template; None: as the question is set.

    Raises:
        WinnowError: the template is wrong, or names a column that is not there.
    """
    # The models import scipy.optimize, which no other command should wait for.
    from core.services.predict.words import texts_of

    snapshot = snapshot if words is None else snapshot.speaking(words.strip())
    if not snapshot.words:
        return snapshot
    texts = terminal.watch(lambda report: texts_of(snapshot, report))
    terminal.note(
        f"Words of {texts.images:,} of {len(snapshot):,} images count beside the pictures: "
        f"{len(texts.distinct):,} different texts."
    )
    return snapshot


def words_json(snapshot: Snapshot, predictions: Predictions | None = None) -> dict[str, Any]:
    """The entry ``words`` of ``--json``; nothing where no column speaks."""
    if predictions is not None and predictions.words is not None:
        return {"words": asdict(predictions.words)}
    return {"words": {"template": snapshot.words}} if snapshot.words else {}
