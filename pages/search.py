"""Search: images by text and by example; choose results and label them."""

from __future__ import annotations

import dataclasses
import time

import streamlit as st

from core.runtime.errors import WinnowError
from core.services.search.searching import Found, Request
from core.ui.search import form, results
from core.ui.session import links, session, work
from core.ui.shared import captions
from core.ui.widgets.text import plain


def classes() -> list[str]:
    try:
        vocabulary = project.vocabulary()
    except WinnowError as error:
        st.warning(plain(error))
        return []
    return vocabulary.names


def suggest(names: list[str]) -> None:
    """What to do on a first visit."""
    st.info(
        "Write what the images should show and press Enter, or search by a picture. Results can "
        "be given a class all at once."
    )

    def take() -> None:
        st.session_state["q"] = st.session_state.pop("search-try") or ""

    if names:
        st.pills("Try one of your classes", names[:12], key="search-try", on_change=take)


def ensure_index() -> None:
    """Among very many images an index is built once, in the background."""
    collection = searcher.collection
    if not collection.index_due:
        return
    task = work.task("index", project)
    if task is None or task.status.state == "done":
        task = work.start_index(project)
    if task.running:
        st.caption("A search index is being built; until then every search compares all images.")
    elif task.status.error:
        st.warning(plain(task.status.error))


def find(request: Request) -> tuple[Found, float]:
    begun = time.perf_counter()
    with st.spinner("Searching…", show_time=True):
        try:
            return searcher.find(request), time.perf_counter() - begun
        except WinnowError as error:
            st.error(plain(error))
            st.stop()


def say(found: Found, seconds: float) -> None:
    if found.kind == "filter":
        st.caption(
            f"{found.searched:,} images pass the filters, by path. Press pictures to choose them."
        )
        return
    how = "all compared" if found.kind == "exact" else f"by an index, recall {found.recall:.0%}"
    st.caption(
        f"{found.searched:,} images searched in {1000 * seconds:,.0f} ms ({how}); best first. "
        "Press pictures to choose them."
    )


st.title("Search")
project = session.require_project()
pool = session.require_pool(project)
session.require_encoder(project)
searcher = project.searcher()
names = classes()
form.read_address()
for press in results.pressed():
    form.press(*press)
request = form.draw(project, names)
form.keep_in_address()
if request is None:
    suggest(names)
    st.stop()
results.draw_examples(form.examples(project))
ensure_index()
plainly = dataclasses.replace(request, vectors=())
asked = (plainly, *(vector.tobytes() for vector in request.vectors))
if st.session_state.get("search-asked") != asked:
    st.session_state["search-asked"] = asked
    st.session_state.pop("search-page", None)  # a new search begins on its first page
    results.pick([])
size = form.PER_PAGE
if asked_page := links.number(links.news("page") or ""):
    st.session_state["search-page"] = min(asked_page, -(-form.MOST // size))
page = st.session_state.get("search-page", 1)
links.keep("page", str(page) if page > 1 else "")
found, seconds = find(dataclasses.replace(request, k=min(form.MOST, page * size)))
shown = found.results[(page - 1) * size :]
say(found, seconds)
results.label_bar(project, names, [result.id for result in shown])
if not shown:
    st.info("No image fits: change the text, the filters or the least score.")
full = len(found.results) == page * size
reachable = min(found.searched, form.MOST) if full else len(found.results)
pages = max(page, -(-reachable // size))
if pages > 1:
    st.pagination(pages, key="search-page")
results.draw(project, shown, results.picked(), project.labels.classes(), captions.known(project))
