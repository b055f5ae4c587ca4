"""Editing the tags in place: the tools above the table, and the fields of one tag."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from core.prompts.vocabulary import Vocabulary, clean
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.services.tags.tagging import rename_tag
from core.tags import reading
from core.tags.edits import added, from_classes
from core.tags.saving import dump
from core.tags.vocabulary import DEFAULT_TEMPLATES, DEFAULT_TYPE, Derived, Settings, Tag, Tags
from core.ui.session import session, trouble
from core.ui.tags import changes, state
from core.ui.widgets.text import plain

Entry = Tag | Derived


def toolbar(tags: Tags) -> None:
    """Add, undo, load and download."""
    tools = st.columns([6, 2, 2, 2, 2], vertical_alignment="bottom")
    tools[0].text_input(
        "Add tags", key="tags-new", placeholder="beach, a red dress, beach_day = beach & people",
        on_change=add, args=("tags-new",),
        help="Names or descriptions with commas between them. A name, = and a rule with & | ! ( ) "
        "over codes of other tags makes a derived tag.",
    )  # fmt: skip
    tools[1].button(
        "Undo", icon=":material/undo:", key="tags-undo", width="stretch",
        disabled=not changes.can_undo(tags), on_click=changes.undo,
        help="Take back the last change of the vocabulary made here.",
    )  # fmt: skip
    with tools[2].popover("Defaults", icon=":material/tune:", width="stretch", key="tags-defaults"):
        _for_all(tags)
    with tools[3].popover("Load", icon=":material/upload:", width="stretch", key="tags-load"):
        loader()
    tools[4].download_button(
        "Download", lambda: dump(tags), "tags.yaml", icon=":material/download:", key="tags-save",
        width="stretch", help="Download the tags as tags.yaml.", on_click="ignore",
    )  # fmt: skip


def loader(title: str = "tags.yaml, in place of the present tags") -> None:
    """An uploader that replaces the tags."""
    st.file_uploader(
        title, ["yaml", "yml"], key="tags-file",
        on_change=_load, args=("tags-file",), max_upload_size=4,
    )  # fmt: skip


@trouble.careful
def add(key: str) -> None:
    """Add what is typed in the field ``key``; the first new tag becomes the chosen one."""
    typed = st.session_state[key]
    fresh: list[str] = []

    def edit(tags: Tags) -> Tags:
        after = added(tags, typed)
        fresh.extend(code for code in after.codes if code not in tags.codes)
        if clean(typed) and not fresh:
            raise WinnowError("Those tags are there already.")
        return after

    changes.change(edit)
    st.session_state[key] = ""
    st.session_state[state.TAG] = next(iter(fresh), st.session_state.get(state.TAG))


@trouble.careful
def begin(tags: Tags) -> None:
    """Make these the tags of a workspace that has none."""
    changes.change(lambda _: tags)


@trouble.careful
def begin_with_classes(classes: Vocabulary) -> None:
    """Make a tag of every class."""
    changes.change(lambda _: from_classes(classes))


@trouble.careful
def _load(key: str) -> None:
    file = st.session_state[key]
    if file is None:
        return
    try:
        tags = reading.parse(inputs.as_text(file.getvalue()), file.name)
        if not tags.tags:
            raise WinnowError(f"{file.name} holds no tags: write  tags:  and tags below it.")
    except UnicodeDecodeError:
        raise WinnowError(f"{file.name} is no UTF-8 text: save it as YAML in UTF-8.") from None
    changes.change(lambda _: tags)


def _for_all(tags: Tags) -> None:
    """Templates, and the borders of all tags that have none of their own."""
    _area(
        "Templates, one a line", "tags-templates", tags.templates,
        lambda now, lines: replace(now, templates=lines),
        placeholder="\n".join(DEFAULT_TEMPLATES),
        help="Around the description of every tag without prompts of its own: {description}, "
        "{label} and {code} are filled in.",
    )  # fmt: skip
    for name, title in (("accept", "Accepted from"), ("reject", "Rejected up to")):
        key = f"tags-default-{name}"
        fill(key, getattr(tags.defaults, name))
        st.number_input(
            f"{title}, for all tags", 0.0, 1.0, step=0.05, key=key, placeholder="not set",
            on_change=keep, args=(key, partial(_with_default, name)), value=None,
        )  # fmt: skip


def _with_default(name: str, tags: Tags, value: float | None) -> Tags:
    return replace(tags, defaults=replace(tags.defaults, **{name: value}))


# -- one tag -------------------------------------------------------------------------------------


def fields(tags: Tags, entry: Entry) -> None:
    """The fields of one tag; each is kept when it is left. What is rarely changed is folded."""
    code = entry.code
    if isinstance(entry, Derived):
        _line(
            entry, "rule", "Rule",
            help="Codes of tags with & (and), | (or), ! (not) and brackets.",
        )  # fmt: skip
        _line(entry, "description", "Description")
    else:
        _line(
            entry, "description", "Description", placeholder=entry.words,
            help="What the images show; the templates go around it.",
        )  # fmt: skip
        _area(
            "Prompts, one a line", f"tag-prompts-{code}", entry.prompts,
            _lines_of(code, "prompts"), placeholder="\n".join(tags.prompts(entry)),
            help="Whole sentences; empty: the templates with the description, as shown in grey.",
        )  # fmt: skip
    with st.popover(
        "Name and more", icon=":material/edit:", key=f"tag-more-{code}", width="stretch"
    ):
        _more(entry)


def _more(entry: Entry) -> None:
    """What a tag is called, told from and grouped by; and the way to be rid of it."""
    code, key = entry.code, f"tag-code-{entry.code}"
    fill(key, code)
    st.text_input(
        "Code", key=key, on_change=_rename, args=(code, key),
        help="Its name in rules, tables and files. Answers and rules follow a change.",
    )  # fmt: skip
    _line(entry, "label", "Label", placeholder=code.replace("_", " "))
    if isinstance(entry, Tag):
        _area(
            "Told from, one a line", f"tag-contrast-{code}", entry.contrast,
            _lines_of(code, "contrast"), height=68, placeholder="a photo",
            help="What the tag is easily confused with; images that fit it better score less.",
        )  # fmt: skip
        _line(entry, "type", "Type", help="Any word; groups tags in the table.")
    st.button(
        "Remove", key=f"tag-remove-{code}", icon=":material/delete:", on_click=_remove,
        args=(code,), help="Its answers are kept." if isinstance(entry, Tag) else None,
    )  # fmt: skip


def _line(entry: Entry, name: str, title: str, **more: Any) -> None:
    key = f"tag-{name}-{entry.code}"
    fill(key, getattr(entry, name))

    def put(now: Tags, text: str) -> Tags:
        value = clean(text) or (DEFAULT_TYPE if name == "type" else "")
        return _with(now, entry.code, name, value)

    st.text_input(title, key=key, on_change=keep, args=(key, put), **more)


def fill(key: str, value: Any) -> None:
    """Let a field show what is saved, or what was typed and could not be, to be corrected."""
    st.session_state[key] = st.session_state.get(state.NOT_SAVED, {}).get(key, value)


@trouble.careful
def keep(key: str, put: Callable[[Tags, Any], Tags]) -> None:
    """Save what a field holds; until that works it keeps what was typed.

    Args:
        put: the tags with the value of the field in them.
    """
    typed = st.session_state[key]
    waiting: dict[str, Any] = st.session_state.setdefault(state.NOT_SAVED, {})
    waiting[key] = typed
    changes.change(lambda now: put(now, typed))
    del waiting[key]


def _area(
    title: str,
    key: str,
    lines: tuple[str, ...],
    put: Callable[[Tags, tuple[str, ...]], Tags],
    height: int = 100,
    **more: Any,
) -> None:
    fill(key, "\n".join(lines))

    def put_lines(now: Tags, text: str) -> Tags:
        return put(now, tuple(filter(None, map(clean, text.splitlines()))))

    st.text_area(title, key=key, on_change=keep, args=(key, put_lines), height=height, **more)


def _lines_of(code: str, name: str) -> Callable[[Tags, tuple[str, ...]], Tags]:
    return lambda now, lines: _with(now, code, name, lines)


def _with(tags: Tags, code: str, name: str, value: Any) -> Tags:
    """Tags with one field of one of them changed."""
    change: dict[str, Any] = {name: value}
    return tags.put(replace(tags[code], **change))


@trouble.careful
def set_calibration(code: str, **values: float | None) -> None:
    """Set by hand how scores of a tag become bands; None goes back to what is found or default."""

    changes.change(lambda tags: calibrated(tags, code, **values))


def calibrated(tags: Tags, code: str, **values: float | None) -> Tags:
    """Tags with what turns the scores of one of them into bands set by hand."""
    tag = tags[code]
    assert isinstance(tag, Tag)  # rules have no fields for it
    return tags.put(replace(tag, settings=replace(tag.settings, **values)))


def automatic(code: str) -> None:
    """Take back all that was set by hand for a tag."""
    set_calibration(code, **dict.fromkeys(vars(Settings())))


@trouble.careful
def _rename(code: str, key: str) -> None:
    new = clean(st.session_state[key])
    if not new or new == code:
        st.session_state.get(state.NOT_SAVED, {}).pop(key, None)
        return
    project = session.require_project()
    file, labels = project.tag_file, project.tag_labels
    waiting: dict[str, Any] = st.session_state.setdefault(state.NOT_SAVED, {})
    waiting[key] = new
    before = file.tags()
    changes.remember(before, rename_tag(file, labels, code, new, session.annotator()))
    st.session_state[state.TAG] = new
    del waiting[key]


@trouble.careful
def _remove(code: str) -> None:
    tags = session.require_project().tag_file.tags()
    users = [tag.words for tag in tags.derived if code in tag.parsed.codes()]
    if users:
        raise WinnowError(
            f"{code} is named by the rule of {', '.join(users)}: change that rule first."
        )
    changes.change(lambda tags: tags.without(code))
    st.toast(f"{plain(code)} is removed; Undo brings it back.")
