"""What the programs that people read an export with take for an image.

They choose files by suffix, and pass over all others without a word. Sources: `torchvision`
0.28, datasets/folder.py; Ultralytics 8.4, data/utils.py (``IMG_FORMATS``, compared with what Pillow
finds in the file) on top of torchvision's list; `datasets` 5.2, packaged_modules/imagefolder;
`webdataset` 1.0, autodecode.py.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reader:
    """A program that reads one form of an export.

    Attributes:
        title: what people call it.
        suffixes: those of files that it sees, lower case with the dot.
        contents: what it takes by content, as Pillow calls it; None where it opens whatever Pillow
            does.
    """

    title: str
    suffixes: frozenset[str]
    contents: frozenset[str] | None = None

    def sees(self, suffix: str, content: str | None) -> bool:
        """Whether it reads a file of that suffix (lower case) and content, None when unknown."""
        if suffix not in self.suffixes:
            return False
        return self.contents is None or content is None or content in self.contents


_IMAGE_FOLDER = frozenset(
    [".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"]
)
TORCHVISION = Reader("torchvision's ImageFolder", _IMAGE_FOLDER)
ULTRALYTICS = Reader(
    "Ultralytics YOLO", _IMAGE_FOLDER, frozenset(["JPEG", "MPO", "PNG", "BMP", "TIFF", "WEBP"])
)
DATASETS = Reader(
    "Hugging Face datasets",
    frozenset(
        [
            ".jpg",
            ".jpeg",
            ".jpe",
            ".jfif",
            ".png",
            ".apng",
            ".gif",
            ".webp",
            ".bmp",
            ".dib",
            ".tif",
            ".tiff",
            ".ppm",
            ".pgm",
            ".pbm",
            ".pnm",
        ]
    ),
)
WEBDATASET = Reader(
    "WebDataset's decoders", frozenset([".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".pbm"])
)

SUFFIXES = {
    "JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif", "BMP": ".bmp",
    "TIFF": ".tif", "AVIF": ".avif", "HEIF": ".heic",
}  # fmt: skip
"""The suffix of a content, as Pillow calls it."""
