"""The only answer of the server to whoever has no token: a plain page that asks for one."""

from __future__ import annotations

import html
from urllib.parse import parse_qsl, quote

_MOST = 20  # parts of an address that are taken along
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">{refresh}
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Winnow</title>
<style>
:root{{color-scheme:light dark}}
body{{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}}
input,button{{font:inherit;padding:.4rem .6rem}} input{{width:100%;box-sizing:border-box}}
button{{margin-top:.6rem}}
</style></head><body><h1>{title}</h1><p>{text}</p>{form}</body></html>
"""
_FORM = """<form method="get" action="{path}">{hidden}
<label for="token">Address or token</label>
<input id="token" name="token" type="password" autocomplete="off" required autofocus>
<button type="submit">Open</button></form>"""
ASKED = (
    "Open the address that was printed in the terminal where Winnow was started, or paste it here."
)
WRONG = (
    "That is not the token of this server. Paste the address that was printed in the terminal "
    "where Winnow was started."
)


def page(path: str, query: bytes, wrong: bool, again: bool) -> str:
    """The page that asks for the token.

    Args:
        path: what was asked for, decoded; the way goes on there.
        query: what followed it, less any token.
        wrong: a token came that opens nothing.
        again: have the browser ask once more. It leaves the cookie out when a link on a page of
            another site was followed, but not when our own page sends it on.
    """
    target = here(path)
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)[:_MOST]
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in pairs
    )
    follow = html.escape(target + ("?" + quote(query, safe="=&%+,") if query else ""))
    return _PAGE.format(
        title="Winnow",
        text=WRONG if wrong else ASKED,
        form=_FORM.format(path=html.escape(target), hidden=hidden),
        refresh=f'<meta http-equiv="refresh" content="0;url={follow}">' if again else "",
    )


def refusal(text: str) -> str:
    """A page that says why nothing else is shown."""
    return _PAGE.format(title="Winnow", text=html.escape(text), form="", refresh="")


def here(path: str) -> str:
    """A path as an address of this server: never one that begins like that of another."""
    return "/" + quote(path.lstrip("/\\"), safe="/-._~!$&'()*+,;=:@")
