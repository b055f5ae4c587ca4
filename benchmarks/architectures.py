"""Whether every architecture that open_clip lists encodes as open_clip itself does.

    python benchmarks/architectures.py [NAME …]

Each is shrunk (few layers, small widths; `tests/encoders/shrunk.py`), written to disk with random
weights and loaded from there, once by Winnow and once by open_clip. Its text files, where it needs
any, are stand-ins of the same kind. Then the full architecture is asked for by name, with a
checkpoint on this machine: it must say truly which files of its text tower are missing, if any.
Takes some minutes on a CPU and makes no request.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import numpy as np
from encoders.shrunk import save, small_towers
from encoders.sides import cosines

from core.encoders.openclip.artifacts import local_text_parts
from core.encoders.openclip.tables import architecture_config
from core.runtime.errors import WinnowError


def alike(name: str, folder: Path) -> tuple[float, float]:
    """The least cosine of image and of text vectors, Winnow's against open_clip's."""
    with small_towers():
        save(name, folder)
        return cosines(folder)


def missing(name: str) -> str:
    """What the full architecture says is missing where nothing was downloaded; nothing: ""."""
    config = architecture_config(name)
    assert config is not None
    with tempfile.TemporaryDirectory() as empty:
        try:
            local_text_parts(config, Path(empty))
        except WinnowError as error:
            return str(error).replace(f"in {empty} ", "")
    return ""


def main() -> None:
    import open_clip

    warnings.simplefilter("ignore")
    equal, failed, lacking = 0, [], {}
    for name in sys.argv[1:] or open_clip.list_models():
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as place:
            try:
                images, texts = alike(name, Path(place) / name)
            except Exception as error:
                failed.append(name)
                print(f"{name:32} {type(error).__name__}: {str(error)[:200]}", flush=True)
                continue
        good = min(images, texts) >= 0.9999
        equal += good
        failed += [] if good else [name]
        lack = missing(name)
        lacking |= {name: lack} if lack else {}
        line = (
            f"{name:32} images {images:.6f}  texts {texts:.6f}  {time.monotonic() - begun:4.1f} s"
        )
        print(f"{line}  {lack[:90]}", flush=True)
    print(f"{equal} encode as open_clip does; {len(failed)} do not: {', '.join(failed) or '-'}")
    print(f"{len(lacking)} need text files that are not here, and say which.")
    sys.exit(bool(failed))


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
