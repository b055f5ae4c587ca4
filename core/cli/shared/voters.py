"""``--encoders``: which encoders vote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.shared.terminal import Terminal
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot

if TYPE_CHECKING:
    from core.services.predict.vote_gain import VoteUse

Encoders = Annotated[
    str | None,
    typer.Option(
        metavar="auto|none|A,B",
        help="Encoders that vote together with the active one, of those whose vectors are here; "
        "auto lets all of them vote if that is surely better on your labels [default: as the "
        "question is set in the app, else the active one alone].",
        show_default=False,
    ),
]


def voting(
    snapshot: Snapshot, encoders: str | None, refined: bool, terminal: Terminal
) -> tuple[Snapshot, VoteUse]:
    """The snapshot with the encoders that vote, and why.

    Args:
        refined: whether predictions are to start from refined prototypes.

    Raises:
        WinnowError: an encoder has no vectors of these images, or there are too many.
    """
    # The models import scipy.optimize, which no other command should wait for.
    from core.services.predict.vote_gain import settle
    from core.services.predict.voters import lacking

    use = terminal.watch(lambda report: settle(snapshot, encoders, refined, report))
    if encoders is not None or use.used:
        terminal.note(use.sentence())
    voted = snapshot.voting(use.used)
    for sentence in lacking(voted):
        terminal.note(sentence)
    return voted, use


def voters_json(use: VoteUse, predictions: Predictions | None = None) -> dict[str, Any]:
    """The entry ``encoders`` of ``--json``; nothing where nobody asked for a vote."""
    if not use.asked:
        return {}
    content = use.as_json()
    if predictions is not None and predictions.votes:
        content["votes"] = {spec: round(weight, 6) for spec, weight in predictions.votes}
    return {"encoders": content}
