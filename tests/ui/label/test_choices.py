"""What keys mean while labeling: ``choices.js``, in node."""

from __future__ import annotations

from pathlib import Path

from node import checked

from core.ui.label import labeler


def test_keys_are_never_ambiguous(tmp_path: Path) -> None:
    script = Path(labeler.__file__).with_name("choices.js")
    checked(script, Path(__file__).with_name("choices.mjs"), tmp_path)
