"""Image files as upright 8-bit RGB pictures, or a short reason why not."""

import importlib
import io
import logging
import re
import warnings
from dataclasses import dataclass
from pathlib import Path, PurePath

from PIL import ExifTags, Image, UnidentifiedImageError

from core.images import heif
from core.images.convert import to_rgb
from core.images.unreadable import HEIC_BRANDS, UnreadableImage, reason_for_os_error, why_no_image

__all__ = ["PIXEL_LIMIT", "Decoded", "UnreadableImage", "decode", "read_image_file"]

PIXEL_LIMIT = 200_000_000
"""Pictures with more pixels are refused: a small file can claim any size and fill the memory."""

FILE_LIMIT = 2_000_000_000
"""Files with more bytes are refused, for the same reason."""

# A closed list: Pillow's other plugins are not needed, and some start programs (EPS).
_FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF"]
_SUFFIXES = {
    "JPEG": {"jpg", "jpeg", "jpe", "jfif"},
    "PNG": {"png"},
    "WEBP": {"webp"},
    "GIF": {"gif"},
    "BMP": {"bmp"},
    "TIFF": {"tif", "tiff"},
    "AVIF": {"avif"},
    "HEIF": {"heic", "heif"},
}
_SAME_FORMAT = {"MPO": "JPEG", "DIB": "BMP"}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_QUARTER_TURNS = (5, 6, 7, 8)

# Pillow loads most plugins only when the common ones fail, which is late for a closed list.
for _plugin in ("Jpeg", "Mpo", "Png", "WebP", "Gif", "Bmp", "Tiff", "Avif"):
    importlib.import_module(f"PIL.{_plugin}ImagePlugin")
if heif.READABLE:
    _FORMATS.append("HEIF")

# Pillow's own limit is lower than ours and set for the whole process. Its remarks about damaged
# metadata go to the terminal through `warnings` and `logging`; what matters of them becomes a
# note or a reason here. Filters are set once because switching them per call is not thread-safe.
Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Decoded:
    """A picture: mode RGB, upright, on white, no metadata.

    `width` and `height` are those of the upright original, also if a draft is smaller. `format` is
    Pillow's name of what the bytes are ("JPEG", "PNG", …), whatever the file is called. `notes`
    are clauses on what a person may want to know ("the first of several pictures is used").
    """

    image: Image.Image
    width: int
    height: int
    format: str
    notes: tuple[str, ...]


def read_image_file(path: Path) -> bytes:
    """The bytes of a file; raises `UnreadableImage` with a reason if they cannot be read."""
    try:
        if path.stat().st_size > FILE_LIMIT:
            reason = f"the file has more than {FILE_LIMIT:,} bytes, the limit for one image"
            raise UnreadableImage(reason, path)
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImage(reason_for_os_error(error), path) from error
    except MemoryError as error:
        raise UnreadableImage("it needs more memory than there is", path) from error


def decode(data: bytes, name: str = "", draft_px: int | None = None) -> Decoded:
    """Decodes the bytes of one image file; `name` serves messages and the check of the suffix.

    The EXIF orientation is applied, transparency laid on white, every colour mode converted as
    `core.images.convert.to_rgb` says, colour profiles ignored. Of animations and multi-page files
    the first picture is taken.

    With `draft_px`, a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size as long as its shorter
    side keeps at least that many pixels: several times faster, but not equal pixel by pixel to
    resizing the full picture. Without it the decoding is exact.

    Raises `UnreadableImage`, and nothing else, whatever the bytes are: empty, no image, truncated
    or damaged data, more than `PIXEL_LIMIT` pixels (seen in the header, before decoding), not
    enough memory. Safe to call from several threads.
    """
    if not data:
        raise UnreadableImage("the file is empty", name)
    try:
        return _decode(data, name, draft_px)
    except UnreadableImage:
        raise
    except MemoryError as error:
        raise UnreadableImage("decoding it needs more memory than there is", name) from error
    except Exception as error:  # Pillow's plugins raise nearly anything on damaged bytes
        raise UnreadableImage(_reason(error, data), name) from error


def _decode(data: bytes, name: str, draft_px: int | None) -> Decoded:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
        kind = _SAME_FORMAT.get(opened.format or "", opened.format or "")
        _check_size(opened.size, kind, name)
        full_size = opened.size
        several = _holds_several(opened)
        if draft_px is not None:
            opened.draft(None, (draft_px, draft_px))
        size_before = opened.size
        opened.load()
        if opened.size != size_before:  # Pillow turns TIFF upright by itself while loading
            full_size = opened.size
        orientation, damaged_exif = _orientation(opened)
        image, range_note = to_rgb(opened, bits=_png_bits(data))
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    width, height = full_size[::-1] if orientation in _QUARTER_TURNS else full_size
    notes = (
        _misnamed(kind, name),
        "the first of several pictures in the file is used" if several else None,
        "its EXIF data are damaged and were ignored" if damaged_exif else None,
        range_note,
    )
    return Decoded(image, width, height, kind, tuple(note for note in notes if note))


def _check_size(size: tuple[int, int], kind: str, name: str) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise UnreadableImage(f"the {kind} header says that it has no pixels", name)
    if width * height > PIXEL_LIMIT:
        raise UnreadableImage(_too_large(f"it has {width:,} × {height:,} pixels"), name)


def _too_large(what: str) -> str:
    return f"{what}, more than the limit of {PIXEL_LIMIT // 1_000_000} megapixels"


def _holds_several(image: Image.Image) -> bool:
    if image.format == "MPO":  # a camera's JPEG with a second view or a gain map: nothing to note
        return False
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # the second frame is damaged; the first may be fine
        return True


def _orientation(image: Image.Image) -> tuple[int, bool]:
    """The EXIF orientation (1 to 8), and whether the EXIF block could not be read."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # Pillow's EXIF reader raises nearly anything on damaged bytes
        return 1, True
    return (value if value in _UPRIGHT else 1), False


def _png_bits(data: bytes) -> int:
    return data[24] if data.startswith(b"\x89PNG") and len(data) > 24 else 8


def _misnamed(kind: str, name: str) -> str | None:
    suffix = PurePath(name).suffix.lower().lstrip(".")
    if not suffix or kind not in _SUFFIXES or suffix in _SUFFIXES[kind]:
        return None
    return f"it is a {kind} although its name ends in .{suffix}"


def _reason(error: Exception, data: bytes) -> str:
    kind = _kind_of(data)
    if isinstance(error, UnidentifiedImageError) and kind in ("image", "HEIC"):
        return why_no_image(data)
    if isinstance(error, Image.DecompressionBombError):
        pixels = re.search(r"\((\d+) pixels\)", str(error))
        what = f"it has {int(pixels[1]):,} pixels" if pixels else "it has too many pixels"
        return _too_large(what)
    if isinstance(error, EOFError) or re.search("truncat", str(error), re.I) or _is_cut(data):
        return f"the {kind} data stops early (truncated)"
    return f"the {kind} data is damaged"


def _kind_of(data: bytes) -> str:
    if data.startswith(b"\xff\xd8"):
        return "JPEG"
    if data.startswith(b"\x89PNG"):
        return "PNG"
    if data.startswith(b"GIF8"):
        return "GIF"
    if data[:4] == b"RIFF":
        return "WebP"
    if data.startswith(b"BM"):
        return "BMP"
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS and heif.READABLE:
        return "HEIC"
    return "AVIF" if data[4:12] in (b"ftypavif", b"ftypavis") else "image"


def _is_cut(data: bytes) -> bool:
    """Whether a RIFF file (WebP) is shorter than its header says."""
    return data[:4] == b"RIFF" and len(data) < 8 + int.from_bytes(data[4:8], "little")
