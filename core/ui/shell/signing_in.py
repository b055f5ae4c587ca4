"""The page before all others where people have to sign in, and what it takes to be started so."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config

from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.ui.session import identity
from core.ui.widgets.text import plain

_LEAST_SECRET = 32  # characters: whoever guesses it is whoever they like
_OF_PROVIDER = ("client_id", "client_secret", "server_metadata_url")


def check() -> None:
    """Look at the settings before the server starts: what is wrong there must let nobody in.

    Raises:
        WinnowError: a file of secrets cannot be read, or what it says of signing in will not do.
    """
    for path in map(Path, config.get_option("secrets.files")):
        if not path.is_file():
            continue
        try:
            section = inputs.load_toml(path).get("auth")
        except (OSError, ValueError) as error:
            raise WinnowError(
                f"{shown(path)} cannot be read ({error}): it may say that people sign in; repair "
                "it or move it away."
            ) from error
        if section is not None:
            _check_section(path, section)
            identity.required[:] = [True]


def _check_section(path: Path, section: Any) -> None:
    problem = _problem(section)
    if problem:
        raise WinnowError(f"[auth] in {shown(path)} {problem}: see docs/people.md.")
    if find_spec("authlib") is None:
        raise WinnowError(
            f"{shown(path)} has people sign in, which needs one more package: install it with "
            "pip install 'winnow[oidc]'."
        )


def _problem(section: Any) -> str:
    if not isinstance(section, Mapping):
        return "is no table"
    if not str(section.get("redirect_uri", "")).endswith("/oauth2callback"):
        return "has no redirect_uri that ends in /oauth2callback"
    if len(str(section.get("cookie_secret", ""))) < _LEAST_SECRET:
        return f"has no cookie_secret of {_LEAST_SECRET} characters or more"
    parts = {name: section if not name else section[name] for name in providers(section)}
    if not parts:
        return "names no provider"
    lacking = [key for part in parts.values() for key in _OF_PROVIDER if not part.get(key)]
    return f"lacks {lacking[0]}" if lacking else ""


def providers(section: Mapping[str, Any]) -> list[str]:
    """Names of the providers that are set up, "" for the one without a name."""
    named = [
        name for name, part in section.items() if isinstance(part, Mapping) and "client_id" in part
    ]
    return ["", *named] if "client_id" in section else named


def require() -> None:
    """Ask for a sign-in where that is set up; until then nothing else is drawn."""
    if not identity.is_set_up() or identity.login() is not None:
        return
    with st.container(border=True):
        st.markdown("**Sign in to go on.** Your name is stored with what you label and change.")
        there = st.secrets.load_if_toml_exists()
        for provider in providers(st.secrets.get("auth", {}) if there else {}):
            st.button(
                f"Sign in with {plain(provider)}" if provider else "Sign in",
                icon=":material/login:", key=f"sign-in-{provider}", type="primary",
                on_click=st.login, args=(provider or None,),
            )  # fmt: skip
    st.stop()
