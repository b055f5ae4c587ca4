"""Who is at the browser, and signed in where ``.streamlit/secrets.toml`` has ``[auth]``."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import streamlit as st

from core.runtime.spelling import clean

required: list[bool] = []
"""Whether the server was started for people who sign in: what becomes of the file later lets nobody
in without."""


def is_set_up() -> bool:
    """Whether people have to sign in here."""
    return bool(required) or "is_logged_in" in st.user.to_dict()


def login() -> str | None:
    """Under which address whoever sits here is signed in, in small letters; None for nobody.

    It is the e-mail address that the provider vouches for. Without one it is the provider's own
    name of the account, because all else an account says of itself can be changed by whoever has
    it.
    """
    user = st.user.to_dict()
    if not user.get("is_logged_in"):
        return None
    email = user.get("email")
    if isinstance(email, str) and clean(email) and user.get("email_verified") is not False:
        return clean(email).lower()
    return f"{user.get('iss', '')} {user.get('sub', '')}".strip() or "unnamed account"


def is_here() -> bool:
    """Whether the browser runs on the machine that Winnow runs on."""
    # A proxy on this machine hands on what comes from elsewhere, under the name asked for there.
    asked, address = st.context.url, st.context.ip_address  # None: from this machine itself
    name = (urlsplit(asked).hostname if isinstance(asked, str) else None) or "localhost"
    return _is_own(name) and (not isinstance(address, str) or _is_own(address))


def _is_own(name: str) -> bool:
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
