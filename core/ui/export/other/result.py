"""A folder that was classified: counts, what is for review, each image, files of no use."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.images.names import shown
from core.services.sorter.browsing.listing import Listing, Order
from core.ui.export.other import saving, state, table
from core.ui.export.other.tasks import Other
from core.ui.session import trouble
from core.ui.widgets.text import plain

PER_PAGE = 50
_REJECTED = 200
_ORDERS: dict[str, Order] = {
    "Least probable first": "least sure",
    "Most probable first": "most sure",
    "By path": "path",
}
_ALL = "All classes"


@trouble.fragment
def show(other: Other) -> None:
    """Draw all of it; filters and pages draw this part alone anew."""
    listing = other.listing
    counted, done = listing.counted, listing.done
    rejected = f", {counted.rejected:,} could not be used" if counted.rejected else ""
    speed = f" ({done.per_second:,.0f} a second)" if done.encoded else ""
    st.success(f"{counted.classified:,} images classified{speed}{rejected}")
    for note in listing.notes:
        st.caption(plain(note))
    if done.spoken is not None:
        st.caption(f"{done.spoken:,} images came with words.")
    if counted.classified:
        below = _review(listing)
        _counts(listing, below)
        _images(listing, below)
    _rejected(listing)
    if counted.classified:
        saving.section(other, below)


def _review(listing: Listing) -> float:
    """From when on an image is for review, and how many that are."""
    below = st.slider(
        "Review images that are less probable than, %", 0, 99, 50, key="other-below",
        help="Where nobody has labeled, the probability says how far an image can be trusted.",
    ) / 100  # fmt: skip
    unsure, whole = int(listing.for_review(below).sum()), listing.counted.classified
    st.markdown(f"**{unsure:,}** of {whole:,} images ({unsure / whole:.1%}) are for review.")
    return below


def _counts(listing: Listing, below: float) -> None:
    rows = [
        (name, count, count / listing.counted.classified, unsure)
        for name, (count, unsure) in zip(listing.done.names, listing.counts(below), strict=True)
    ]
    columns = {
        "class": st.column_config.TextColumn(width="large"),
        "images": st.column_config.NumberColumn(format="localized", width="small"),
        "share": st.column_config.NumberColumn(format="percent", width="small"),
        "for review": st.column_config.NumberColumn(format="localized", width="small"),
    }
    st.dataframe(
        pd.DataFrame(rows, columns=list(columns)), hide_index=True, width="stretch",
        key="other-classes", column_config=columns, height=min(36 * (len(rows) + 1) + 2, 360),
    )  # fmt: skip


def _images(listing: Listing, below: float) -> None:
    """The images, filtered and in order, a page at a time."""
    names = listing.done.names
    one, two, three = st.columns([2, 2, 1], vertical_alignment="bottom")
    category = one.selectbox(
        "Class", [None, *range(len(names))], key="other-class",
        format_func=lambda k: _ALL if k is None else plain(names[k]),
    )  # fmt: skip
    order = two.selectbox("Order", list(_ORDERS), key="other-order")
    review = three.toggle("For review only", key="other-only")
    places = listing.places(category, _ORDERS[order], below if review else None)
    if not len(places):
        st.caption("No image is like that.")
        return
    page = _page(len(places), (category, order, review, below if review else None))
    first = (page - 1) * PER_PAGE
    rows = listing.rows(places[first : first + PER_PAGE])
    st.caption(f"{first + 1:,} to {first + len(rows):,} of {len(places):,} images")
    table.draw(listing.done.folder, rows)


def _page(count: int, of: tuple[object, ...]) -> int:
    """The page that is shown, the first one of other rows."""
    if st.session_state.get(state.PAGE_OF) != of:
        st.session_state[state.PAGE_OF] = of
        st.session_state.pop(state.PAGE, None)
    pages = -(-count // PER_PAGE)
    return st.pagination(pages, key=state.PAGE) if pages > 1 else 1


def _rejected(listing: Listing) -> None:
    counted = listing.counted
    if not counted.rejected:
        return
    with st.expander(f"Files that could not be used: {counted.rejected:,}", key="other-rejected"):
        cells = [(shown(path), why) for path, why in counted.rejections[:_REJECTED]]
        st.dataframe(
            pd.DataFrame(cells, columns=["path", "reason"]), hide_index=True, width="stretch",
            key="other-rejected-table",
        )  # fmt: skip
        if counted.rejected > len(cells):
            st.caption(
                f"The first {len(cells):,}; a table that is saved gets a list of all of them."
            )
