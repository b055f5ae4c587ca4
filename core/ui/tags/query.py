"""Questions in SQL: the answer as pictures, as a table, as a file, or as a selection."""

from __future__ import annotations

import io
import time

import polars as pl
import streamlit as st

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.tags import querying
from core.services.tags.querying import Answer
from core.store.labels.sqlite import Event
from core.tags.vocabulary import Tags
from core.ui.session import links, session
from core.ui.shared import picks, selection
from core.ui.tags.state import CODE
from core.ui.widgets.text import plain

TEXT, ASKED, VIEW = "sql", "tags-asked", "tags-view"
QUERY = "Query"
_ANSWER, _BATCH, _PICKS, _EXAMPLE = "tags-answer", "tags-query-batch", "tags-picks", "sql-example"
_USED = "tags-query-used"
_MOST_COLUMNS = 12


def ask_for(condition: str) -> None:
    """Open the query with a condition on the images; for callbacks."""
    st.session_state[TEXT] = f"SELECT path FROM images\nWHERE {condition}"
    st.session_state[ASKED] = st.session_state[TEXT]
    st.session_state[VIEW] = QUERY
    st.session_state.pop(_USED, None)
    picks.forget(_PICKS)


def leave() -> None:
    """Take the query out of the address."""
    links.keep(TEXT, "")


def show(project: Project, tags: Tags) -> None:
    """Draw the query and its answer."""
    examples = _examples(tags)
    st.html(CODE)
    linked = links.news(TEXT)
    if linked is not None and linked != st.session_state.get(ASKED):
        st.session_state[TEXT] = linked  # it waits here to be run
        st.session_state.pop(ASKED, None)
    elif TEXT not in st.session_state:
        st.session_state[TEXT] = st.session_state.get(ASKED) or ""
    st.pills(
        "Begin with", list(examples), key=_EXAMPLE, on_change=_take, args=(examples,),
        label_visibility="collapsed",
    )  # fmt: skip
    st.text_area(
        "SQL", key=TEXT, height=110, label_visibility="collapsed",
        placeholder="SELECT path FROM images WHERE width >= 800 LIMIT 100",
        max_chars=20_000,
    )  # fmt: skip
    run, explain, said = st.columns([2, 2, 8], vertical_alignment="center")
    run.button(
        "Run", type="primary", key="sql-run", width="stretch", on_click=_ask,
        icon=":material/play_arrow:", disabled=not (st.session_state.get(TEXT) or "").strip(),
    )  # fmt: skip
    with explain.popover("Columns", icon=":material/help:", width="stretch"):
        _explain(tags)
    asked = st.session_state.get(ASKED)
    if not asked:
        said.caption("Queries only read: they change neither images nor labels nor files.")
        return
    links.keep(TEXT, asked)
    try:
        answer, seconds = _answer(project, tags, asked)
    except WinnowError as error:
        st.error(plain(error))
        return
    images = f", {_many(len(answer.ids), 'image')}" if answer.ids else ""
    said.caption(f"{_many(answer.frame.height, 'row')}{images} in {seconds:.2f} s.")
    if answer.note:
        st.warning(plain(answer.note))
    _draw(project, answer)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _take(examples: dict[str, str]) -> None:
    chosen, st.session_state[_EXAMPLE] = st.session_state.get(_EXAMPLE), None
    if chosen in examples:
        st.session_state[TEXT] = examples[chosen]
        _ask()


def _ask() -> None:
    st.session_state[ASKED] = st.session_state.get(TEXT)
    st.session_state.pop(_ANSWER, None)
    st.session_state.pop(_USED, None)
    picks.forget(_PICKS)


def _answer(project: Project, tags: Tags, asked: str) -> tuple[Answer, float]:
    """The answer, remembered until something that it could depend on changes."""
    subject = (
        project.key, project.pool().version, asked, tags, project.vocabulary(),
        project.labels.version(), project.tagging().labels.version(),
    )  # fmt: skip
    kept = st.session_state.get(_ANSWER)
    if kept is None or kept[0] != subject:
        begun = time.perf_counter()
        with st.spinner("Asking…", show_time=True):
            answer = querying.ask(project, asked, tags)
        st.session_state[_ANSWER] = kept = (subject, answer, time.perf_counter() - begun)
    return kept[1], kept[2]


def _draw(project: Project, answer: Answer) -> None:
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
        "CSV", lambda: frame.write_csv().encode(), "query.csv", key="sql-csv",
        icon=":material/download:", width="stretch", on_click="ignore",
    )  # fmt: skip
    as_parquet.download_button(
        "Parquet", lambda: parquet(frame), "query.parquet", key="sql-parquet",
        icon=":material/download:", width="stretch", on_click="ignore",
    )  # fmt: skip
    if not ids and frame.height:
        st.caption("Give the query the column path or id to get pictures and a selection.")
    if how == "Pictures":
        _selection(project, ids)
        picks.grid(_PICKS, project, project.pool(), None, ids)
    else:
        height = min(520, 36 * (frame.height + 1) + 4)
        st.dataframe(frame, key="sql-table", width="stretch", hide_index=True, height=height)


def parquet(frame: pl.DataFrame) -> bytes:
    """A table as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _selection(project: Project, ids: list[str]) -> None:
    """What can be done with the images, less those pressed."""
    out = picks.left_out(_PICKS, ids)
    kept = [i for i in ids if i not in out]
    names = project.vocabulary().names
    name, give, use = st.columns([5, 2, 3], vertical_alignment="bottom")
    name.selectbox(
        "Class for all of them", names, index=None, key="sql-class",
        placeholder="Class for all of them" if names else "No classes yet: see Prompts",
        label_visibility="collapsed", disabled=not names,
    )  # fmt: skip
    give.button(
        f"Label {len(kept):,}", type="primary", key="sql-label", width="stretch",
        on_click=_label, args=(project, kept),
        disabled=not kept or not st.session_state.get("sql-class"),
        help="Saved at once, undone in one step. Press a picture to leave it out.",
    )  # fmt: skip
    use.button(
        "Use as selection", key="sql-use", width="stretch", disabled=not kept or not names,
        icon=":material/select_all:", on_click=_use, args=(kept,),
        help="For the map, and first in the queue of the Label page unless labeled.",
    )  # fmt: skip
    if st.session_state.get(_USED):
        said, see, label = st.columns([5, 2, 3], vertical_alignment="center")
        said.success(f"{_many(st.session_state[_USED], 'image')} selected.")
        see.page_link("../../../pages/clusters.py", label="See on the map")
        label.page_link("../../../pages/label.py", label="Label one by one")
    if _BATCH in st.session_state:
        _, count, given = st.session_state[_BATCH]
        said, back = st.columns([6, 2], vertical_alignment="center")
        said.success(f"{count:,} images labeled {plain(given)}; saved.")
        back.button(
            "Undo", key="sql-undo", on_click=_undo, args=(project,), width="stretch",
            icon=":material/undo:",
        )  # fmt: skip


def _use(ids: list[str]) -> None:
    selection.choose(ids)
    st.session_state["asked-again"] = ids
    st.session_state[_USED] = len(ids)


def _label(project: Project, ids: list[str]) -> None:
    name = st.session_state.get("sql-class")
    if name and ids:
        batch = project.labels.add([Event(i, name) for i in ids], session.annotator(), "query")
        st.session_state[_BATCH] = (batch, len(ids), name)


def _undo(project: Project) -> None:
    project.labels.undo(st.session_state.pop(_BATCH)[0], session.annotator())


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


def _explain(tags: Tags) -> None:
    codes = ", ".join(f"`{code}`, `{code}_band`" for code in tags.codes[:_MOST_COLUMNS])
    more = f" … ({len(tags.codes)} tags)" if len(tags.codes) > _MOST_COLUMNS else ""
    st.markdown(
        "**images**, one row an image: `id`, `path`, `size` (bytes), `width`, `height`, `format`, "
        "`copies` (files with the same content), `label` (what people said), `class`, "
        "`class_confidence`, `class_source` (predicted); for each tag its confidence and its band: "
        f"{codes or 'no tags yet'}{more}\n\n"
        "**tags**, one row an image and tag: `id`, `path`, `code`, `confidence`, `band` "
        "(accepted, tentative, rejected), `source` (prompt, model, rule, human), `model`, "
        "`vocabulary`\n\n"
        "The language is DuckDB's SQL. A code with a sign in it, or one that is a word of SQL, "
        'stands in double quotes: `"text"`. `winnow query` does the same on the command line.'
    )
