"""Search: images by text and by example; choose results and label them."""

from __future__ import annotations

import dataclasses
import time

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.search.finding import find
from core.services.search.request import SORTED, Answer, Request
from core.services.search.searching import Searcher, searcher_of
from core.ui.search import form, grouped, results, state
from core.ui.search.tasks import INDEX, start_index
from core.ui.session import fitting, links, session, tasks
from core.ui.shared.columns.grouping import By
from core.ui.widgets.text import plain


def show() -> None:
    """Draw the page."""
    st.title("Search")
    snapshot = _snapshot()
    predictions = _at_hand(snapshot)
    form.read_address()
    for kind, name in results.pressed():
        if kind == "group":
            grouped.open_group(name)
        else:
            form.press(kind, name)
    request = form.draw(snapshot, predictions)
    form.keep_in_address()
    if request is None:
        _suggest(snapshot.names)
        return
    results.draw_examples(form.examples(snapshot))
    searcher = searcher_of(snapshot)
    _ensure_index(snapshot, searcher)
    page = _page(request)
    by = grouped.asked_for(snapshot, predictions)
    most = min(form.MOST, page * form.PER_PAGE)
    if by is not None:  # groups are of all that pass, or of the best
        most = len(snapshot) if request.filters_only else form.MOST
    answer, seconds = _find(searcher, dataclasses.replace(request, k=most), snapshot)
    _summary(answer, seconds, request.sort, by is not None)
    if by is not None:
        _draw_groups(snapshot, answer, by, page, predictions)
    else:
        _draw_page(snapshot, answer, page, predictions)
    if predictions is None and not snapshot.classes.problem():
        session.await_fit(session.require_project(), snapshot.classes)


def _snapshot() -> Snapshot:
    """The images under the workspace's classes; under none where the file is damaged."""
    project = session.require_project()
    session.require_pool(project)
    session.require_encoder(project)
    try:
        return project.snapshot()
    except WinnowError as error:
        st.warning(plain(error))
        return project.snapshot(Vocabulary())


def _suggest(names: list[str]) -> None:
    """What to do on a first visit."""
    st.info(
        "Write what the images should show and press Enter, or search by a picture. Results can "
        "be given a class all at once."
    )

    def take() -> None:
        st.session_state[state.TEXT] = st.session_state.pop(state.TRY) or ""

    if names:
        st.pills(
            "Try one of your classes", names[:12], key=state.TRY, on_change=take, format_func=plain
        )  # fmt: skip


def _ensure_index(snapshot: Snapshot, searcher: Searcher) -> None:
    """Among very many images an index is built once, in the background."""
    if not searcher.collection.index_due:
        return
    task = tasks.task(INDEX, snapshot.key)
    if task is None or task.status.state == "done":
        task = start_index(snapshot, searcher)
    if task.running:
        st.caption("A search index is being built; until then every search compares all images.")
    elif task.status.error:
        st.warning(plain(task.status.error))


def _page(request: Request) -> int:
    """The page of results to show; a new search begins on its first, with nothing picked."""
    plainly = dataclasses.replace(request, vectors=())
    group = st.session_state.get(state.GROUP)
    asked = (plainly, group, *(vector.tobytes() for vector in request.vectors))
    if st.session_state.get(state.ASKED) != asked:
        st.session_state[state.ASKED] = asked
        grouped.close()
        results.pick([])
    if linked := links.number(links.news("page") or ""):
        st.session_state[state.PAGE] = min(linked, -(-form.MOST // form.PER_PAGE))
    page: int = st.session_state.get(state.PAGE, 1)
    links.keep("page", str(page) if page > 1 else "")
    return page


def _find(searcher: Searcher, request: Request, snapshot: Snapshot) -> tuple[Answer, float]:
    """The answer, and the seconds that it took; the last one serves while it holds."""
    vectors = [one.tobytes() for one in (*request.vectors, *request.unlike_vectors)]
    plainly = dataclasses.replace(request, vectors=(), unlike_vectors=())
    key = (searcher, searcher.collection.index, plainly, *vectors)
    last = st.session_state.get(state.ANSWERED)
    if last is not None and last[0] == key:
        answer: tuple[Answer, float] = last[1]
        return answer
    begun = time.perf_counter()
    with st.spinner("Searching…", show_time=True):
        try:
            answer = find(searcher, request, snapshot), time.perf_counter() - begun
        except WinnowError as error:
            st.error(plain(error))
            st.stop()
    # Labels and predictions change what passes filters, imports change words.
    if not request.where and not request.sort and request.by == "meaning":
        st.session_state[state.ANSWERED] = (key, answer)
    return answer


def _summary(answer: Answer, seconds: float, sort: str, in_groups: bool) -> None:
    by = plain(sort.removeprefix("-")) if sort else "path"
    if answer.kind == "filter":
        st.caption(
            f"{answer.searched:,} images pass the filters, by {by}. Press pictures to choose them."
        )
        return
    how = "all compared" if answer.recall == 1 else f"by an index, recall {answer.recall:.0%}"
    if answer.kind == "words":
        how = f"{answer.total or 0:,} have such words"
    elif answer.kind == "both":
        how = f"pictures and words; {how}"
    st.caption(
        f"{answer.searched:,} images searched in {1000 * seconds:,.0f} ms ({how}); "
        f"{f'the best {len(answer.results):,} in groups, ' if in_groups else ''}"
        f"{f'the best {SORTED:,} by {by}' if sort else 'best first'}. "
        "Press pictures to choose them."
    )


def _draw_groups(
    snapshot: Snapshot, answer: Answer, by: By, page: int, predictions: Predictions | None
) -> None:
    """One page of the groups of an answer, or of the group that is open."""
    seen = grouped.pages(snapshot, by, answer.results, predictions, page)
    if not seen.sections and seen.results:  # one group, in pages as all results are
        whole = dataclasses.replace(answer, results=seen.results, total=len(seen.results))
        _draw_page(snapshot, whole, page, predictions)
        return
    if seen.pages > 1:
        st.pagination(seen.pages, key=state.PAGE)
    results.draw_label_bar(snapshot.names, [result.id for result in seen.results])
    if not seen.results:
        st.info("No image fits: change the text, the filters or the least score.")
    results.draw(snapshot, seen.results, results.picked(), predictions, seen.sections)


def _draw_page(
    snapshot: Snapshot, answer: Answer, page: int, predictions: Predictions | None
) -> None:
    """One page of an answer, with what can be done with it."""
    size = form.PER_PAGE
    shown = answer.results[(page - 1) * size : page * size]
    results.draw_label_bar(snapshot.names, [result.id for result in shown])
    if not shown:
        st.info("No image fits: change the text, the filters or the least score.")
    full = len(answer.results) >= page * size
    there = answer.searched if answer.total is None else answer.total
    reachable = min(there, form.MOST) if full else len(answer.results)
    pages = max(page, -(-reachable // size))
    if pages > 1:
        st.pagination(pages, key=state.PAGE)
    results.draw(snapshot, shown, results.picked(), predictions)


def _at_hand(snapshot: Snapshot) -> Predictions | None:
    """What the images are taken for; None without classes, or while that is being learned."""
    return None if snapshot.classes.problem() else fitting.at_hand(snapshot)
