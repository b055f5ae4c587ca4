"""``winnow simulate``: how accuracy grows with labels, on images whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import typer

from core.cli.shared.head import Head
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
    percent,
)
from core.cli.shared.speaking import Words, speaking, words_json
from core.cli.shared.terminal import Terminal, table
from core.cli.shared.truth import Level, expected
from core.cli.shared.voters import Encoders
from core.learn.comparison_models import MODELS, WINNOW
from core.learn.heads.names import AUTO, PLAIN
from core.learn.strategies import STRATEGIES
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.data.label_review import review

if TYPE_CHECKING:
    from core.learn.asking.simulation import Point
    from core.services.metrics.simulation import Simulation

    ModelName = str
    StrategyName = str
else:  # the names to choose from, as Typer reads them
    ModelName = Literal[tuple(MODELS)]
    StrategyName = Literal[tuple(STRATEGIES)]


@app.command()
def simulate(
    images: Images,
    truth: Truth,
    truth_level: Level = None,
    classes: Classes = None,
    prompts: Prompts = None,
    family: Family = "auto",
    words: Words = None,
    head: Head = None,
    encoders: Encoders = None,
    budgets: Annotated[
        str, typer.Option(help="Rising numbers of labels at which to measure.")
    ] = "0,10,20,50,100,200",
    seeds: Annotated[
        int, typer.Option(min=1, help="Runs; run i draws alike whatever the model and the queue.")
    ] = 5,
    model_kind: Annotated[
        ModelName, typer.Option(help="The model; recipe is what people usually do.")
    ] = WINNOW,
    query: Annotated[
        StrategyName | None,
        typer.Option(help="The queue [default: uherding; margin for recipe].", show_default=False),
    ] = None,
    audit_share: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Share of the labels drawn at random for the audit; they count toward the budget "
            "[default: 0.2; 0 for recipe, which has none].",
            show_default=False,
        ),
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Labels a round.")] = 10,
    heldout: Annotated[
        float, typer.Option(min=0.0, max=0.9, help="Share of the images never asked about.")
    ] = 0.0,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    model: Model = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Play labeling through with a truth file in place of a person.

    pool_accuracy is over all images, each seen by a model that was not told its label; estimate,
    low and high are what Winnow would state then from its audit labels alone.
    """
    from core.learn.asking.simulation import plan_of
    from core.services.metrics import simulation

    terminal = Terminal(as_json, quiet)
    plan = plan_of(_budgets(budgets), model_kind, query, batch_size, audit_share)
    if head is not None and model_kind != WINNOW:
        raise WinnowError(
            f"--head is for Winnow's own model: leave it out, or --model-kind {model_kind}."
        )
    wanted = expected(truth, truth_level)
    images = folder_of(images, terminal, workspace)
    vocabulary = vocabulary_of(images, workspace, prompts, classes, terminal, question, family)
    project, _ = open_embedded(
        images, workspace, model, device, "auto", terminal, question=question
    )
    snapshot = speaking(project.snapshot(vocabulary), words, terminal)
    snapshot = _voting(snapshot, encoders, model_kind)
    plan = replace(plan, head=(head or snapshot.head) if model_kind == WINNOW else PLAIN)
    true, _ = wanted.of(snapshot, terminal.note)
    outcome = terminal.watch(lambda r: simulation.simulate(snapshot, true, plan, seeds, heldout, r))
    for sentence in review(snapshot, true).remarks(wanted.title):
        terminal.note(sentence)
    if outcome.unknown:
        terminal.note(f"{outcome.unknown} images have no truth and take no part.")
    if outcome.absent:
        terminal.note(f"No image is truly of: {', '.join(outcome.absent)}.")
    content = {
        "points": [_as_json(point, plan.head == AUTO) for point in outcome.points],
        "zero_shot_accuracy": outcome.zero_shot_accuracy,
        "images": outcome.images,
        "settings": {
            "model_kind": plan.model,
            "query": plan.query,
            "audit_share": plan.audit_share,
            "batch_size": plan.batch_size,
            "heldout": heldout,
            "head": plan.head,
            **({"encoders": list(snapshot.voters)} if snapshot.voters else {}),
        },
    } | words_json(snapshot)
    terminal.result(content, _text(outcome, plan.budgets))


def _voting(snapshot: Snapshot, encoders: str | None, model_kind: str) -> Snapshot:
    """The snapshot with the encoders that vote; one sentence where they cannot."""
    from core.services.predict.vote_gain import AUTO as ALL
    from core.services.predict.vote_gain import named
    from core.services.predict.voters import checked

    if model_kind != WINNOW:
        if encoders is not None:
            raise WinnowError(
                f"--encoders is for Winnow's own model: leave it out, or --model-kind {model_kind}."
            )
        return snapshot.voting(())
    if encoders == ALL:
        raise WinnowError(
            "A simulation compares nothing on the way: name the encoders that vote, like A,B, and "
            "compare with a run of --encoders none."
        )
    return snapshot if encoders is None else checked(snapshot.voting(named(snapshot, encoders)))


def _budgets(text: str) -> tuple[int, ...]:
    """Numbers between commas; one sentence when they are none or do not rise."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise WinnowError(f"The budgets {text!r} are no numbers: write them like 0,10,50.")
    numbers = tuple(int(part) for part in parts)
    if any(second <= first for first, second in pairwise(numbers)):
        raise WinnowError(f"The budgets {text!r} do not rise: write them like 0,10,50.")
    return numbers


def _as_json(point: Point, is_auto: bool) -> dict[str, Any]:
    keys = ("macro_f1", "seconds", "estimate", "low", "high")
    content: dict[str, Any] = {
        "labels": point.labels,
        "seed": point.seed,
        "pool_accuracy": point.accuracy,
    }
    content |= {key: getattr(point, key) for key in keys}
    if point.heldout_accuracy is not None:
        content["heldout_accuracy"] = point.heldout_accuracy
    if is_auto:  # else it is the same everywhere, and among the settings
        content["head"] = point.head
    return content


def _text(outcome: Simulation, budgets: tuple[int, ...]) -> str:
    """A table with a row a budget, means over the runs."""
    rows: list[tuple[str, ...]] = []
    for budget in budgets:
        points = [point for point in outcome.points if point.labels == budget]
        accuracies = [point.accuracy for point in points]
        stated = _mean([point.estimate for point in points])
        low, high = _mean([point.low for point in points]), _mean([point.high for point in points])
        rows.append(
            (
                str(budget),
                percent(_mean(accuracies)),
                f"{percent(min(accuracies))}–{percent(max(accuracies))}",
                percent(_mean([point.macro_f1 for point in points])),
                percent(_mean([point.heldout_accuracy for point in points])),
                percent(stated),
                "–" if stated is None else f"{percent(low)}–{percent(high)}",
                f"{_mean([point.seconds for point in points]):.2f}",
            )
        )
    columns = ("labels", "accuracy", "of the runs", "macro F1", "held out", "stated", "95 %", "s")
    head = (
        f"{outcome.images} images, {len(outcome.points) // len(budgets)} runs; "
        f"from prompts alone {percent(outcome.zero_shot_accuracy)}; s: seconds a round\n\n"
    )
    return head + table(rows, columns)


def _mean(values: Sequence[float | None]) -> float | None:
    """The mean of the runs that have a value."""
    numbers = [value for value in values if value is not None]
    return float(np.mean(numbers)) if numbers else None
