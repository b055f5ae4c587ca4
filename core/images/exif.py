"""What a camera wrote into a picture's file: when, with which camera, where. Headers only."""

from __future__ import annotations

import errno
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image

from core.images.decode import FILE_LIMIT, FORMATS
from core.images.sources import places
from core.images.unreadable import UnreadableImage
from core.runtime import inputs

_TIME = re.compile(r"(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d:\d\d:\d\d)")
_MOST = 100  # characters of a camera's name


@dataclass(frozen=True)
class Exif:
    """What the EXIF data of a picture say; "" for what they do not.

    Attributes:
        time: when it was taken, as ISO 8601 in the time of the camera's clock.
        camera: make and model.
        latitude, longitude: degrees as decimal text, north and east positive.
    """

    time: str = ""
    camera: str = ""
    latitude: str = ""
    longitude: str = ""


def exif_of(path: Path) -> Exif:
    """The EXIF data of a picture; empty where it has none or they cannot be read.

    Raises:
        OSError: the file cannot be opened.
    """
    try:
        remote = places.fetched(path, FILE_LIMIT)
    except UnreadableImage as error:
        raise FileNotFoundError(errno.ENOENT, error.reason) from error
    with inputs.open_file(path) if remote is None else io.BytesIO(remote[0]) as file:
        try:
            with Image.open(file, formats=FORMATS) as opened:
                # A PNG is decoded by asking for its EXIF data, unless they came before its pixels.
                if opened.format == "PNG" and "exif" not in opened.info:
                    return Exif()
                tags = opened.getexif()
                camera, taken = dict(tags), dict(tags.get_ifd(ExifTags.IFD.Exif))
                place = dict(tags.get_ifd(ExifTags.IFD.GPSInfo))
        except Exception:  # Pillow's EXIF reader raises nearly anything on damaged bytes
            return Exif()
    latitude, longitude = _degrees(place, "Latitude", 90), _degrees(place, "Longitude", 180)
    where = (latitude, longitude) if latitude and longitude else ("", "")
    return Exif(_time(taken, camera), _camera(camera), *where)


def _time(taken: Mapping[int, Any], tags: Mapping[int, Any]) -> str:
    written = taken.get(ExifTags.Base.DateTimeOriginal) or tags.get(ExifTags.Base.DateTime)
    match = _TIME.match(str(written))
    if match is None or match[1] == "0000":  # a clock that was never set
        return ""
    return f"{match[1]}-{match[2]}-{match[3]} {match[4]}"


def _camera(tags: Mapping[int, Any]) -> str:
    make, model = (
        " ".join(str(tags.get(tag) or "").replace("\0", " ").split())[:_MOST]
        for tag in (ExifTags.Base.Make, ExifTags.Base.Model)
    )
    return model if model.casefold().startswith(make.casefold()) else f"{make} {model}".strip()


def _degrees(place: Mapping[int, Any], which: str, most: int) -> str:
    """Degrees, minutes and seconds as decimal degrees; "" where they make no sense."""
    try:
        degrees, minutes, seconds = map(float, place[ExifTags.GPS[f"GPS{which}"]])
        reference = str(place[ExifTags.GPS[f"GPS{which}Ref"]]).strip("\0 ").upper()
        value = degrees + minutes / 60 + seconds / 3600
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return ""
    if not 0 <= value <= most or reference not in ("N", "S", "E", "W"):
        return ""
    return f"{-value if reference in ('S', 'W') else value:.6f}"
