"""The entry of the app: configuration, navigation and what every page shows."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.runtime import acting
from core.ui.session import quiet, session, trouble
from core.ui.shared import so_far
from core.ui.shell import sidebar, signing_in, strip

quiet.page_asked()
acting.ask(session.actor)
# A picture of our own: the browser would ask a font server for an icon by name.
_ICON = Path(__file__).parent / "icon.png"
st.set_page_config(page_title="Winnow", page_icon=str(_ICON), layout="wide")
_FOLDER = "../../../pages"
page = st.navigation(
    [
        st.Page(f"{_FOLDER}/data.py", title="Data", icon=":material/folder_open:", default=True),
        st.Page(f"{_FOLDER}/prompts.py", title="Prompts", icon=":material/edit_note:"),
        st.Page(f"{_FOLDER}/clusters.py", title="Clusters", icon=":material/scatter_plot:"),
        st.Page(f"{_FOLDER}/search.py", title="Search", icon=":material/search:"),
        st.Page(f"{_FOLDER}/try_one.py", title="Try one", icon=":material/add_a_photo:"),
        st.Page(f"{_FOLDER}/tags.py", title="Tags", icon=":material/sell:"),
        st.Page(f"{_FOLDER}/label.py", title="Label", icon=":material/label:"),
        st.Page(f"{_FOLDER}/metrics.py", title="Metrics", icon=":material/monitoring:"),
        st.Page(f"{_FOLDER}/export.py", title="Export", icon=":material/drive_file_move:"),
        st.Page(f"{_FOLDER}/deliveries.py", title="Deliveries", icon=":material/inventory_2:"),
    ]
)
# Pictures need the room that Streamlit leaves above the title, but its bar on top covers the first
# 3.75rem. On the dark theme's light accent its white letters could hardly be read. A scan that ends
# must not move what stands below it. Keys scroll the page wherever it was clicked, so it has the
# focus then, which is no reason for a frame around it. On a phone rows of controls stay rows.
st.html(
    "<style>.stMainBlockContainer{padding-top:3.9rem;padding-bottom:4rem}"
    ".stMainBlockContainer h1{padding-top:.2rem}.stMain:focus-visible::before{box-shadow:none}"
    "[data-testid^=stBaseButton-primary]:not(:disabled),[data-tag]{color:light-dark(#fff,#0b1f1c)}"
    "[data-testid^=stBaseButton-primary]:not(:disabled) *,[data-tag] *{color:inherit}"
    ".st-key-scan{min-height:7rem}"
    "@media(max-width:640px){[class*=st-key-controls-] [data-testid=stColumn]"
    "{min-width:0;flex:1 1 30%}[class*=st-key-controls-] [data-testid=stHorizontalBlock]{gap:8px}"
    ".st-key-controls-search [data-testid=stColumn]:first-child,"
    ".st-key-controls-grid [data-testid=stColumn]:first-child,"
    ".st-key-controls-label [data-testid=stColumn]:first-child{flex-basis:100%}"
    ".st-key-controls-label [data-testid=stColumn]:nth-child(2){flex:0 0 auto;width:auto}"
    ".st-key-controls-label [data-testid=stColumn]:last-child{flex:1 0 100px;width:auto}"
    ".st-key-controls-label [data-testid=stPopoverButton] [data-testid=stIconMaterial]"
    ":first-child{display:none}"
    ".st-key-controls-results [data-testid=stColumn]{flex-basis:40%}}</style>"
)
signing_in.require()
with trouble.in_place():
    sidebar.draw()
with trouble.in_place():
    strip.draw(page.title.lower())
    so_far.draw()
with quiet.drawing(), trouble.above(), trouble.in_place():
    page.run()
