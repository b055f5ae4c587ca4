"""Questions in SQL: the answer as pictures, as a table, as a file, or as a selection."""

from __future__ import annotations

import io
import time

import polars as pl
import streamlit as st

from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.tags import querying
from core.services.tags.querying import Answer
from core.services.tags.tagging import tagging_of
from core.store.spreadsheets import safe_csv
from core.tags.vocabulary import Tags
from core.ui.session import links, session
from core.ui.shared import label_bar, picks, selection
from core.ui.shared.columns import listing
from core.ui.shared.state import ASKED_AGAIN
from core.ui.tags import state
from core.ui.tags.looks import CODE
from core.ui.widgets.text import plain

QUERY = "Query"
_MOST_COLUMNS = 12


def ask_for(condition: str) -> None:
    """Open the query with a condition on the images; for callbacks."""
    st.session_state[state.SQL] = f"SELECT path FROM images\nWHERE {condition}"
    st.session_state[state.SQL_ASKED] = st.session_state[state.SQL]
    st.session_state[state.VIEW] = QUERY
    st.session_state.pop(state.SQL_SELECTED, None)
    picks.forget(state.SQL_PICKS)


def leave() -> None:
    """Take the query out of the address."""
    links.keep(state.SQL, "")


def show(snapshot: Snapshot, tags: Tags) -> None:
    """Draw the query and its answer."""
    brought = listing.of(snapshot)
    examples = _examples(tags) | _of_columns(snapshot, brought)
    st.html(CODE)
    linked = links.news(state.SQL)
    if linked is not None and linked != st.session_state.get(state.SQL_ASKED):
        st.session_state[state.SQL] = linked  # it waits here to be run
        st.session_state.pop(state.SQL_ASKED, None)
    elif state.SQL not in st.session_state:
        st.session_state[state.SQL] = st.session_state.get(state.SQL_ASKED) or ""
    st.pills(
        "Begin with", list(examples), key=state.SQL_EXAMPLE, on_change=_take, args=(examples,),
        label_visibility="collapsed", format_func=plain,
    )  # fmt: skip
    st.text_area(
        "SQL", key=state.SQL, height=110, label_visibility="collapsed",
        placeholder="SELECT path FROM images WHERE width >= 800 LIMIT 100",
        max_chars=20_000,
    )  # fmt: skip
    run, explain, note = st.columns([2, 2, 8], vertical_alignment="center")
    run.button(
        "Run", key="sql-run", width="stretch", on_click=_ask,
        icon=":material/play_arrow:", disabled=not (st.session_state.get(state.SQL) or "").strip(),
    )  # fmt: skip
    with explain.popover("Columns", icon=":material/help:", width="stretch", key="sql-columns"):
        _explain(tags, list(brought))
    asked = st.session_state.get(state.SQL_ASKED)
    if not asked:
        note.caption("Queries only read: they change neither images nor labels nor files.")
        return
    links.keep(state.SQL, asked)
    try:
        answer, seconds = _answer(snapshot, tags, asked)
    except WinnowError as error:
        st.error(plain(error))
        return
    images = f", {_many(len(answer.ids), 'image')}" if answer.ids else ""
    note.caption(f"{_many(answer.frame.height, 'row')}{images} in {seconds:.2f} s.")
    if answer.note:
        st.warning(plain(answer.note))
    _draw(snapshot, answer)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _take(examples: dict[str, str]) -> None:
    title, st.session_state[state.SQL_EXAMPLE] = st.session_state.get(state.SQL_EXAMPLE), None
    if title in examples:
        st.session_state[state.SQL] = examples[title]
        _ask()


def _ask() -> None:
    st.session_state[state.SQL_ASKED] = st.session_state.get(state.SQL)
    st.session_state.pop(state.SQL_ANSWER, None)
    st.session_state.pop(state.SQL_SELECTED, None)
    picks.forget(state.SQL_PICKS)


def _answer(snapshot: Snapshot, tags: Tags, asked: str) -> tuple[Answer, float]:
    """The answer, remembered until something that it could depend on changes."""
    tagging = tagging_of(session.require_project())
    subject = (
        snapshot.key, snapshot.pool.version, asked, tags, snapshot.classes,
        snapshot.labels.version, tagging.labels.version(),
    )  # fmt: skip
    last = st.session_state.get(state.SQL_ANSWER)
    if last is None or last[0] != subject:
        begun = time.perf_counter()
        with st.spinner("Asking…", show_time=True):
            answer = querying.ask(snapshot, tagging, asked, tags)
        st.session_state[state.SQL_ANSWER] = last = (subject, answer, time.perf_counter() - begun)
    return last[1], last[2]


def _draw(snapshot: Snapshot, answer: Answer) -> None:
    frame, ids = answer.frame, answer.ids
    if not frame.height:
        st.info("No row fits: change the query.")
        return
    views = ["Pictures", "Table"] if ids else ["Table"]
    view, as_csv, as_parquet = st.columns([6, 2, 2], vertical_alignment="center")
    how = view.segmented_control(
        "Show as", views, default=views[0], required=True, key="sql-view",
        label_visibility="collapsed",
    )  # fmt: skip
    as_csv.download_button(
        "CSV", lambda: safe_csv(frame), "query.csv", key="sql-csv",
        icon=":material/download:", width="stretch", on_click="ignore",
    )  # fmt: skip
    as_parquet.download_button(
        "Parquet", lambda: parquet(frame), "query.parquet", key="sql-parquet",
        icon=":material/download:", width="stretch", on_click="ignore",
    )  # fmt: skip
    if not ids and frame.height:
        st.caption("Give the query the column path or id to get pictures and a selection.")
    if how == "Pictures":
        _selection(snapshot, ids)
        picks.grid(state.SQL_PICKS, snapshot, None, ids)
    else:
        height = min(520, 36 * (frame.height + 1) + 4)
        st.dataframe(frame, key="sql-table", width="stretch", hide_index=True, height=height)


def parquet(frame: pl.DataFrame) -> bytes:
    """A table as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _selection(snapshot: Snapshot, answered: list[str]) -> None:
    """What can be done with the images, less those pressed."""
    out = picks.left_out(state.SQL_PICKS, answered)
    ids = [i for i in answered if i not in out]
    names = snapshot.names
    name, give, use = st.columns([5, 2, 3], vertical_alignment="bottom")
    label_bar.class_field(name, state.SQL_PLACE, names, "Class for all of them")
    label_bar.label_button(give, state.SQL_PLACE, ids, "query", f"Label {len(ids):,}")
    use.button(
        "Use as selection", key="sql-use", width="stretch", disabled=not ids or not names,
        icon=":material/select_all:", on_click=_use, args=(ids,),
        help="For the map, and first in the queue of the Label page unless labeled.",
    )  # fmt: skip
    if st.session_state.get(state.SQL_SELECTED):
        text, see, label = st.columns([5, 2, 3], vertical_alignment="center")
        text.success(f"{_many(st.session_state[state.SQL_SELECTED], 'image')} selected.")
        see.page_link("../../../pages/clusters.py", label="See on the map")
        label.page_link("../../../pages/label.py", label="Label one by one")
    label_bar.undo_row(state.SQL_PLACE)


def _use(ids: list[str]) -> None:
    selection.select(ids)
    st.session_state[ASKED_AGAIN] = ids
    st.session_state[state.SQL_SELECTED] = len(ids)


def _examples(tags: Tags) -> dict[str, str]:
    """Queries to begin with, over the tags that there are."""
    result = {"Large images": "SELECT path, width, height FROM images\nWHERE width >= 800"}
    codes = [tag.code for tag in tags.tags]
    if codes:
        one = codes[0]
        result |= {
            f"Surest {one}": f'SELECT path, "{one}" FROM images\nORDER BY "{one}" DESC LIMIT 48',
            "Images a tag": "SELECT code, count(*) AS images FROM tags\n"
            "WHERE band = 'accepted' GROUP BY code ORDER BY images DESC",
            "Without any tag": "SELECT path FROM tags GROUP BY path\n"
            "HAVING count(*) FILTER (band = 'accepted') = 0",
            "Most tags": "SELECT path, count(*) AS tags FROM tags\n"
            "WHERE band = 'accepted' GROUP BY path ORDER BY tags DESC LIMIT 48",
        }
    if len(codes) > 1:
        result["Two tags"] = (
            f"SELECT path FROM images\nWHERE \"{codes[0]}_band\" = 'accepted' "
            f"AND \"{codes[1]}_band\" = 'accepted'"
        )
    return result


def _of_columns(snapshot: Snapshot, columns: dict[str, str]) -> dict[str, str]:
    """Queries to begin with, over the columns that people brought."""
    kinds = snapshot.metadata.kinds if columns else {}
    groups = [column for column, name in columns.items() if kinds[name] == "category"]
    return {
        f"Images a {column}": f'SELECT "{column}", count(*) AS images FROM images\n'
        "GROUP BY ALL ORDER BY images DESC"
        for column in groups[:1]
    }


def _explain(tags: Tags, columns: list[str]) -> None:
    codes = ", ".join(f"`{code}`, `{code}_band`" for code in tags.codes[:_MOST_COLUMNS])
    more = f" … ({len(tags.codes)} tags)" if len(tags.codes) > _MOST_COLUMNS else ""
    brought = ", ".join(f"`{name.replace('`', '')}`" for name in columns[:_MOST_COLUMNS])
    others = f" … ({len(columns)} columns)" if len(columns) > _MOST_COLUMNS else ""
    imported = f"; the columns that you imported: {brought}{others}" if columns else ""
    st.markdown(
        "**images**, one row an image: `id`, `path`, `size` (bytes), `width`, `height`, `format`, "
        "`copies` (files with the same content), `label` (what people said), `class`, "
        "`class_confidence`, `class_source` (predicted); for each tag its confidence and its band: "
        f"{codes or 'no tags yet'}{more}{imported}\n\n"
        "**tags**, one row an image and tag: `id`, `path`, `code`, `confidence`, `band` "
        "(accepted, tentative, rejected), `source` (prompt, model, rule, human), `model`, "
        "`vocabulary`\n\n"
        "The language is DuckDB's SQL. A code with a sign in it, or one that is a word of SQL, "
        'stands in double quotes: `"text"`. `winnow query` does the same on the command line.'
    )
