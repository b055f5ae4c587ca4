"""The warning that labels seem to be lost, on pages that would be misled."""

from __future__ import annotations

import streamlit as st

from core.services.data.label_loss import warn_of_loss
from core.ui.session import session
from core.ui.widgets.text import plain


def warning() -> None:
    """Say it when the open workspace has exports or backups with labels, and none itself."""
    project = session.require_project()
    warn_of_loss(project.workspace, project.labels, lambda text: st.warning(plain(text)))
