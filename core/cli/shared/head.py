"""``--head``: how labels are learned from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from core.cli.shared.terminal import Terminal
from core.learn.heads.names import AUTO, NAMES, PLAIN
from core.project.snapshot import Snapshot

if TYPE_CHECKING:
    from core.learn.heads.measures import Measure
    from core.services.predict.heads import HeadUse

    HeadName = str
else:  # the names to choose from, as Typer reads them
    HeadName = Literal[(AUTO, *NAMES)]

_COST = "cost:"
BY = "macro-f1"
Head = Annotated[
    HeadName | None,
    typer.Option(
        help="How labels are learned from, for classes of very unequal size; auto takes the plain "
        "head unless another one is surely better on your labels [default: as the question is set "
        "in the app, else plain].",
        show_default=False,
    ),
]
By = Annotated[
    str,
    typer.Option(
        metavar="MEASURE",
        help="What --head auto compares by: accuracy, macro-f1, recall:CLASS or cost:FILE, a table "
        "of prices as for --costs.",
    ),
]


def headed(
    snapshot: Snapshot, head: str | None, by: str, refined: bool, terminal: Terminal
) -> tuple[Snapshot, HeadUse]:
    """The snapshot with the head to use, and why it is used.

    Args:
        refined: whether predictions are to start from refined prototypes.

    Raises:
        WinnowError: the measure is none, or the head cannot be used.
    """
    # The models import scipy.optimize, which no other command should wait for.
    from core.services.predict.heads import settle

    measure = _measure(by, snapshot.names)
    use = terminal.watch(lambda report: settle(snapshot, head, measure, refined, report))
    if head is not None or use.used != PLAIN:
        terminal.note(use.sentence())
    return snapshot.headed(use.used), use


def _measure(by: str, names: list[str]) -> Measure:
    """The measure that ``--head-by`` names."""
    from core.learn.heads.measures import cost_of
    from core.services.export.promises.request import read_prices
    from core.services.predict.heads import measure_of

    if by.startswith(_COST):
        prices = read_prices(Path(by.removeprefix(_COST)), names)
        return cost_of(prices.costs, len(names))
    return measure_of(by, names)
