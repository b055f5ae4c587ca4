"""What goes on where an element is drawn anew: ``visit.js``, in node."""

from __future__ import annotations

from pathlib import Path

from node import checked

from core.ui.label import labeler


def test_no_key_is_lost_and_none_means_another_picture(tmp_path: Path) -> None:
    script = Path(labeler.__file__).with_name("visit.js")
    checked(script, Path(__file__).with_name("visit.mjs"), tmp_path)
