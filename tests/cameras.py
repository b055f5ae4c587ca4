"""Writes pictures as cameras do, with EXIF data."""

from __future__ import annotations

from pathlib import Path

from hostile import photo
from PIL import ExifTags, Image


def picture(path: Path, **tags: object) -> Path:
    """A picture with EXIF data: tags by name, ``gps`` and ``original`` apart."""
    exif = Image.Exif()
    for name, value in tags.items():
        if name == "gps":
            exif.get_ifd(ExifTags.IFD.GPSInfo).update(value)
        elif name == "original":
            exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = value
        else:
            exif[ExifTags.Base[name]] = value
    photo().save(path, exif=exif)
    return path


BERN = {1: "N", 2: (46.0, 57.0, 3.6), 3: "W", 4: (7.0, 26.0, 0.0)}
