"""Two encoders together, below their figures on captions: what adding their scores brings, and
what one brings that puts in order what the other finds."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.learn.tuning.judging import Gains
from core.learn.tuning.ranks import MEASURES
from core.project.pool import file_mark
from core.project.snapshot import Snapshot
from core.runtime.progress import Report
from core.services.metrics.blending import Blend, blend, views_of
from core.services.metrics.reranking import TOP, Reranked, rerank
from core.store.workspace import EncoderRecord
from core.ui.session import host, tasks, trouble
from core.ui.shared import progress
from core.ui.widgets.text import plain

BLEND = "blend"
"""A kind of work, see ``tasks``."""
_WAYS = {"text_to_image": "text → image", "image_to_text": "image → text"}
_HEADS = dict(zip(MEASURES, ("recall@1", "recall@5", "recall@10", "MRR"), strict=True))


def show(snapshot: Snapshot, first: EncoderRecord, second: EncoderRecord) -> None:
    """Draw the button, and what came of it for these two."""
    st.button(
        "Judge both together", key="blend-start",
        on_click=trouble.careful(_start), args=(snapshot, first, second),
        help="Once with the scores of both added: half of the captions choose how much the second "
        "one counts, the other half judges. Once one after the other: the first finds a hundred, "
        "the second puts these in order.",
    )  # fmt: skip
    task = tasks.task(BLEND, snapshot.key)
    if task is not None and task.running:
        progress.watch(task)
    elif task is not None and task.status.error:
        st.error(plain(task.status.error))
    elif task is not None and task.result and task.result[0] == _basis(snapshot, first, second):
        _draw(task.result[1])


def _basis(snapshot: Snapshot, first: EncoderRecord, second: EncoderRecord) -> object:
    return first, second, snapshot.pool.version, file_mark(snapshot.workspace.captions)


def _start(snapshot: Snapshot, first: EncoderRecord, second: EncoderRecord) -> None:
    def work(report: Report) -> object:
        one, other = views_of(snapshot, (first, second), host.shared.encoder, report)
        return _basis(snapshot, first, second), (blend(one, other), rerank(one, other))

    tasks.forget(BLEND, snapshot.key)
    tasks.start(BLEND, snapshot.key, "Two models together", work)


def _draw(results: tuple[Blend, Reranked]) -> None:
    both, turn = results
    st.caption(
        plain(
            f"Scores added: {both.second} counts {both.share:.0%}, {both.first} the rest. Judged "
            "on the half of the captions that did not choose this; in brackets 95 % intervals."
        )
    )
    _table(both.first, both.gains, "both", "blend-table")
    st.caption(
        plain(
            f"One after the other: {turn.first} finds {TOP}, {turn.second} puts these in order. "
            "Judged on the same half."
        )
    )
    _table(turn.first, turn.gains, "re-ranked", "rerank-table")


def _table(first: str, gains: Gains, head: str, key: str) -> None:
    rows = [
        {
            "direction": _WAYS[name],
            "measure": _HEADS[measure],
            f"{first} alone": f"{own.baseline[measure].value:.1%}",
            head: f"{own.tuned[measure].value:.1%}",
            "difference": "{0.value:+.1%}  ({0.low:+.1%} – {0.high:+.1%})".format(
                own.delta[measure]
            ),
        }
        for name, own in gains.items()
        for measure in MEASURES
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", key=key)
