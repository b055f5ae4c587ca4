"""Image files as upright 8-bit RGB pictures, or a short reason why not."""

import importlib
import io
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from PIL import ExifTags, Image, UnidentifiedImageError

from core.images import heif
from core.images.convert import to_rgb
from core.images.large.room import fit, pictures
from core.images.large.tiff import is_in_pieces, reduced
from core.images.large.weight import Weight, weigh
from core.images.pixels.colours16 import bits_of, brightened, is_dark
from core.images.pixels.tiff_kinds import lowest_is_white, register
from core.images.repair.cut import load_into
from core.images.repair.rescue import rescued
from core.images.unreadable import HEIC_BRANDS, UnreadableImage, reason_for_os_error, why_no_image
from core.runtime import inputs
from core.runtime.budget import Lease

__all__ = [
    "PIXEL_LIMIT", "Decoded", "UnreadableImage", "decode", "decoding", "read_image_file",
    ]  # fmt: skip

PIXEL_LIMIT = 200_000_000
"""Pictures with more pixels are refused: a small file can claim any size and fill the memory."""

FILE_LIMIT = 2_000_000_000
"""Files with more bytes are refused, for the same reason."""

REDUCED_ABOVE = 8_000_000
"""Pixels above which a draft of a format without drafts is made by halving after decoding."""

MOST_IN_A_BYTE = 2_000
"""Pixels of a damaged file; no usual compression of anything but a blank page reaches it."""

# A closed list: Pillow's other plugins are not needed, and some start programs (EPS).
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF"]
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
    FORMATS.append("HEIF")

register()
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
    from core.images.sources.places import fetched  # a source can be a table, read when needed

    try:
        remote = fetched(path, FILE_LIMIT)
        return inputs.read_bytes(path, FILE_LIMIT) if remote is None else remote[0]
    except inputs.TooLong as error:
        reason = f"the file has more than {FILE_LIMIT:,} bytes, the limit for one image"
        raise UnreadableImage(reason, path) from error
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
    resizing the full picture. Pictures of other formats with more than `REDUCED_ABOVE` pixels are
    made that much smaller after decoding, to save memory. Without it the decoding is exact.

    Raises `UnreadableImage`, and nothing else, whatever the bytes are: empty, no image, truncated
    or damaged data, more than `PIXEL_LIMIT` pixels (seen in the header, before decoding), more
    memory than the budget of all pictures or than there is. Safe to call from several threads.

    Memory is asked for while decoding only: whoever goes on to work with a picture that can be
    large takes `decoding`.
    """
    with decoding(data, name, draft_px) as decoded:
        return decoded


@contextmanager
def decoding(
    data: bytes, name: str = "", draft_px: int | None = None, lease: Lease | None = None
) -> Iterator[Decoded]:
    """`decode`, with the picture's memory accounted for until the block ends.

    Args:
        lease: room that was taken for the file already; else it is taken here, from
            `core.images.large.room.pictures`, waiting for other threads if need be.
    """
    with lease or pictures().lease() as held:
        yield _decoded(data, name, draft_px, held)


def _decoded(data: bytes, name: str, draft_px: int | None, lease: Lease) -> Decoded:
    if not data:
        raise UnreadableImage("the file is empty", name)
    try:
        return _decode(data, name, draft_px, lease)
    except UnreadableImage:
        raise
    except MemoryError as error:
        raise UnreadableImage("decoding it needs more memory than there is", name) from error
    except Exception as error:  # Pillow's plugins raise nearly anything on damaged bytes
        reason = _reason(error, data)
    # Outside of the handler: the error's traceback keeps what was decoded in memory.
    again = None if _is_hollow(data) else _rescued(data, name, draft_px, lease)
    if again is None:
        raise UnreadableImage(reason, name)
    return again


def _is_hollow(data: bytes) -> bool:
    """Whether a damaged file claims far more pixels than its bytes can hold: most are not there,
    and finding that out by decoding would take many seconds."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            pixels = opened.width * opened.height
    except Exception:  # the header is damaged; what is rescued is seen by its size then
        return False
    return pixels > REDUCED_ABOVE and pixels > MOST_IN_A_BYTE * len(data)


def _rescued(data: bytes, name: str, draft_px: int | None, lease: Lease) -> Decoded | None:
    """The picture of a file that was refused, if what is wrong with it does not touch it."""

    def attempt(version: bytes, fill: int | None, beside: int) -> Decoded:
        return _decode(version, name, draft_px, lease, fill, beside)

    try:
        again = rescued(data, attempt)
    except MemoryError as error:
        raise UnreadableImage("decoding it needs more memory than there is", name) from error
    return again and replace(again[0], notes=(again[1], *again[0].notes))


def _decode(
    data: bytes,
    name: str,
    draft_px: int | None,
    lease: Lease,
    fill: int | None = None,
    beside: int = 0,
) -> Decoded:
    """See `decode`; with ``fill``, a picture of that value of which the file overwrites a part.

    Args:
        beside: pictures of the same file that are in memory already.
    """
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        kind = _SAME_FORMAT.get(opened.format or "", opened.format or "")
        _check_size(opened.size, kind, name)
        full_size = opened.size
        several = _holds_several(opened)
        weight, factor = weight_of(opened, full_size, draft_px, whole=fill is not None)
        fit(lease, len(data) + beside * weight.after + weight.peak, name, shape_of(opened))
        size_before = opened.size
        source: Image.Image = opened
        if fill is not None:
            load_into(opened, fill)
        elif is_in_pieces(opened, factor):
            source, factor = reduced(opened, data, factor), 1
        else:
            opened.load()
        if opened.size != size_before:  # Pillow turns TIFF upright by itself while loading
            full_size = opened.size
        orientation, damaged_exif = _orientation(opened)
        bits, depth_note = bits_of(data, opened), None
        if bits == 16 and fill is None and is_dark(source):
            fit(lease, len(data) + 2 * weight.peak, name, shape_of(opened))
            whole = data if source is opened else None
            source, depth_note = brightened(source, whole, FORMATS)
            bits = 8
        image, range_note = to_rgb(source, bits, factor, lowest_is_white(opened))
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    lease.resize(min(lease.size, len(data) + (1 + beside) * weight.after))
    width, height = full_size[::-1] if orientation in _QUARTER_TURNS else full_size
    notes = (
        _misnamed(kind, name),
        "the first of several pictures in the file is used" if several else None,
        "its EXIF data are damaged and were ignored" if damaged_exif else None,
        depth_note,
        range_note,
    )
    return Decoded(image, width, height, kind, tuple(note for note in notes if note))


def weight_of(
    opened: Image.Image,
    full_size: tuple[int, int],
    draft_px: int | None,
    whole: bool = False,
) -> tuple[Weight, int]:
    """What decoding takes, and how many times smaller the picture is made; sets the draft."""
    if draft_px is not None:
        opened.draft(None, (draft_px, draft_px))
    factor = 1
    if draft_px is not None and opened.width * opened.height > REDUCED_ABOVE:
        shorter = min(opened.size)
        factor = next((f for f in (8, 4, 2) if shorter // f >= draft_px), 1)
    # A PNG is decoded by asking for its EXIF data, unless they came before its pixels.
    early = opened.format != "PNG" or "exif" in opened.info
    turned = early and _orientation(opened)[0] in _UPRIGHT
    return weigh(opened, full_size, factor, turned, whole), factor


def shape_of(opened: Image.Image) -> str:
    """The size and mode of a picture, for messages."""
    return f"its {opened.width:,} × {opened.height:,} pixels ({opened.mode})"


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
