"""The models that Winnow recommends, with what open_clip's tables and the hub would say of them.

So listing them needs neither PyTorch nor the hub. A test compares this table with open_clip's.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.encoders import download
from core.encoders.families import ModelEntry
from core.encoders.openclip.artifacts import WEIGHTS_FILES
from core.encoders.openclip.sources import Tag


@dataclass(frozen=True)
class Recommended(Tag):
    """A checkpoint of open_clip's of which all is known beforehand.

    Attributes:
        title, advice, download_bytes, dim, resolution, licence: see `ModelEntry`.
        repo: where its weights lie on the hub.
        tokenizer: the repository of its tokenizer, where it has one of its own.
    """

    title: str
    advice: str
    download_bytes: int
    dim: int
    resolution: int
    licence: str
    repo: str
    tokenizer: str | None = None

    def describe(self) -> ModelEntry:
        """All of it is known."""
        return ModelEntry(
            self.spec,
            self.title,
            self.advice,
            self.download_bytes,
            self.dim,
            self.resolution,
            self.licence,
            self.is_cached(),
        )

    def is_cached(self) -> bool:
        """Weights, and the tokenizer where it has one of its own, are in the hub's cache."""
        weights = download.cached_file(self.repo, WEIGHTS_FILES) is not None
        return weights and (self.tokenizer is None or download.has_tokenizer(self.tokenizer))

    def size(self) -> int:
        """Bytes, from the table."""
        return self.download_bytes


# Sizes: the float32 parameters of each architecture, plus the tokenizer's files where it has them.
RECOMMENDED = (
    Recommended(
        "MobileCLIP2-S0/dfndr2b",
        "MobileCLIP2-S0",
        "dfndr2b",
        title="MobileCLIP2-S0",
        advice="Smallest and fastest on a CPU; its licence allows research only.",
        download_bytes=299_000_000,
        dim=512,
        resolution=256,
        licence="Apple ML Research Model (research only)",
        repo="timm/MobileCLIP2-S0-OpenCLIP",
    ),
    Recommended(
        "ViT-B-32/laion2b_s34b_b79k",
        "ViT-B-32",
        "laion2b_s34b_b79k",
        title="ViT-B-32",
        advice="The usual first choice: quick on a GPU, bearable on a CPU.",
        download_bytes=605_000_000,
        dim=512,
        resolution=224,
        licence="MIT",
        repo="laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
    ),
    Recommended(
        "ViT-B-16-SigLIP2/webli",
        "ViT-B-16-SigLIP2",
        "webli",
        title="ViT-B-16 SigLIP2",
        advice="Understands many languages and finer detail; about four times the work of "
        "ViT-B-32.",
        download_bytes=1_535_000_000,
        dim=768,
        resolution=224,
        licence="Apache-2.0",
        repo="timm/ViT-B-16-SigLIP2",
        tokenizer="timm/ViT-B-16-SigLIP2",
    ),
    Recommended(
        "ViT-L-14/datacomp_xl_s13b_b90k",
        "ViT-L-14",
        "datacomp_xl_s13b_b90k",
        title="ViT-L-14",
        advice="Clearly more accurate; wants a GPU.",
        download_bytes=1_711_000_000,
        dim=768,
        resolution=224,
        licence="MIT",
        repo="laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K",
    ),
    Recommended(
        "ViT-H-14/laion2b_s32b_b79k",
        "ViT-H-14",
        "laion2b_s32b_b79k",
        title="ViT-H-14",
        advice="Large, for hard classes; wants a GPU with 8 GB.",
        download_bytes=3_945_000_000,
        dim=1024,
        resolution=224,
        licence="MIT",
        repo="laion/CLIP-ViT-H-14-laion2B-s32B-b79K",
    ),
)
