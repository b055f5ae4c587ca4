"""The one host of this server. The app's script runs anew at every press, this module once.

Custom routes need open projects too, outside of any session, so they cannot live in session state.
"""

from __future__ import annotations

from core.project.host import Host

shared = Host()
