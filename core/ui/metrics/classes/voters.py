"""Encoders that vote: which ones do, what their vote gains, and the switch."""

from __future__ import annotations

import streamlit as st

from core.images.names import shown
from core.learn.predictions import Predictions
from core.learn.voting.weights import MOST
from core.project.left_out import VOTE as NO_VOTE
from core.project.snapshot import Snapshot
from core.services.predict.vote_gain import LEAST, VoteGain, stored, use_voters
from core.services.predict.voters import lacking
from core.ui.metrics.state import VOTERS
from core.ui.metrics.tasks import VOTE, start_vote, voted
from core.ui.session import session, tasks, trouble
from core.ui.shared import progress
from core.ui.widgets.text import plain


def show(snapshot: Snapshot, predictions: Predictions) -> None:
    """Draw who votes, the comparison and the switch."""
    active = snapshot.encoder.spec
    others = [spec for spec in stored(snapshot) if spec != active]
    st.subheader(
        "Encoders that vote",
        help="Each encoder sees pictures in its own way. Where several have seen your images, each "
        "learns from your labels, and how much each counts is learned from labels that it did not "
        "see. Prompts and words are read by the active encoder.",
    )
    st.markdown(_standing(active, predictions))
    if snapshot.pool.many:
        st.caption(plain(NO_VOTE))
        return
    for sentence in lacking(snapshot):
        st.warning(plain(sentence))
    if not others and not snapshot.voters:
        st.caption(
            "Only the active encoder has seen these images. Embed them with another one on the "
            "Data page, then come back to this one: its vectors stay."
        )
        return
    wanted = st.multiselect(
        "Vote together with the active encoder", others,
        [spec for spec in snapshot.voters if spec in others] or others,
        key=VOTERS, max_selections=MOST - 1, format_func=shown,
    )  # fmt: skip
    voting = snapshot.voting((active, *wanted) if wanted else ())
    if wanted:
        _gain(voting)
    _switch(snapshot, voting)


def _standing(active: str, predictions: Predictions) -> str:
    """Who votes now, and with what weight."""
    if not predictions.votes:
        return f"In this question **{plain(active)}** decides alone."
    votes = ", ".join(f"**{plain(spec)}** {weight:.0%}" for spec, weight in predictions.votes)
    return f"In this question several encoders vote: {votes}."


def _gain(voting: Snapshot) -> None:
    """What the vote gains on these labels; the button that starts the comparison."""
    labels = int((voting.human >= 0).sum())
    if labels < LEAST:
        st.caption(f"What a vote gains can be told from {LEAST} labels on; there are {labels:,}.")
        return
    task = tasks.task(VOTE, voting.key)
    if task is not None and task.running:
        progress.watch(task)
        return
    gain = voted(voting)
    if gain is not None:
        _result(gain)
        return
    if task is not None and task.status.error:
        st.error(plain(task.status.error))
    st.button(
        "Compare with the active encoder", key="voters-compare", on_click=_compare, args=(voting,),
        help="Every label is judged by models that did not see it. It takes about half a minute.",
    )  # fmt: skip


def _result(gain: VoteGain) -> None:
    sentence = gain.sentence()
    advice = "It is surely better." if gain.better else "It is not surely better: leave it off."
    st.markdown(f"{plain(sentence[0].upper() + sentence[1:])} **{advice}**")
    if gain.labels.n > gain.random.n:
        st.caption(
            "Labels are mostly asked for where the active encoder is unsure, which is to the "
            "others' favor; random images are fair to both."
        )


def _switch(snapshot: Snapshot, voting: Snapshot) -> None:
    """Who votes from now on."""
    left, right = st.columns(2)
    same = set(voting.voters) == set(snapshot.voters)
    left.button(
        "Let them vote", key="voters-use", width="stretch", disabled=same or not voting.voters,
        on_click=_use, args=(voting.voters,),
        help="Predictions are learned anew, on all pages and in exports; labels stay. Model files "
        "and Try one hold one encoder and cannot be used meanwhile.",
    )  # fmt: skip
    right.button(
        "Active encoder alone", key="voters-alone", width="stretch",
        disabled=not snapshot.voters, on_click=_use, args=((),),
    )  # fmt: skip


def _compare(voting: Snapshot) -> None:
    start_vote(voting)


@trouble.careful
def _use(specs: tuple[str, ...]) -> None:
    use_voters(session.require_project().workspace, specs)
