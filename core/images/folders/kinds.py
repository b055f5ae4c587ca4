"""What a file may be, by its name and, where that says nothing, by its first bytes."""

from __future__ import annotations

from pathlib import Path

from core.images import heif
from core.images.folders.left_out import DOWNLOAD, OTHER, UNREAD
from core.images.unreadable import HEIC_BRANDS
from core.runtime import inputs

HEAD = 32
"""Bytes that `is_image` wants to see."""

# Kinds of files that lie among photos and are never looked into, by suffix.
_OTHER = """
    txt md rst log csv tsv json jsonl ndjson geojson xml yaml yml toml ini cfg conf html htm xhtml
    css js mjs ts jsx tsx map py pyc pyi ipynb rb php pl lua r rs go c h cpp hpp cc cs java class
    jar kt swift sh bash zsh bat cmd ps1 psm1 sql db sqlite sqlite3 db-wal db-shm mdb parquet
    feather arrow npy npz pkl pickle pt pth onnx safetensors ckpt h5 hdf5 mat bin dat idx pdf doc
    docx odt rtf xls xlsx ods ppt pptx odp epub mobi tex bib eml msg ics vcf key numbers pages mp4
    m4v mov avi mkv webm mpg mpeg mts m2ts 3gp wmv flv mp3 m4a wav flac ogg oga opus aac wma aiff
    mid srt vtt lrv thm xmp aae pp3 dop cos on1 exif gpx kml kmz lnk url webloc desktop exe dll so
    dylib msi app apk deb rpm dmg iso img vhd vmdk gz bz2 xz zst 7z rar lz4 lrcat lrprev icm icc
    cube ttf otf woff woff2 eot swp lock sha1 sha256 md5 sum crc sfv torrent nfo gitignore
    gitattributes obj stl fbx gltf glb blend ply las laz dxf dwg
"""
_UNREAD = """
    cr2 cr3 crw nef nrw arw srf sr2 dng orf rw2 rwl raf pef ptx srw x3f erf mrw kdc dcr dcs mef mos
    iiq 3fr fff raw gpr psd psb xcf kra clip afphoto svg svgz ai eps ps wmf emf cdr jp2 j2k j2c jpf
    jpx jxl jxr wdp hdp ico icns cur tga pcx ppm pgm pbm pnm pfm pam exr hdr dds ktx ktx2 sgi fits
    fit fts dcm dicom nii ecw sid insp bpg qoi flif ora
"""
_DOWNLOADS = "part crdownload download partial opdownload filepart tmp temp aria2"
_REASONS = {
    suffix: reason
    for suffixes, reason in ((_OTHER, OTHER), (_UNREAD, UNREAD), (_DOWNLOADS, DOWNLOAD))
    for suffix in suffixes.split()
}

_BRANDS = (b"avif", b"avis", *(HEIC_BRANDS if heif.READABLE else ()))
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)


def reason_by_name(suffix: str) -> str | None:
    """Why a file with this suffix (lower case, no dot) is no image; None where a look tells."""
    return _REASONS.get(suffix)


def is_image(head: bytes) -> bool:
    """Whether the first `HEAD` bytes of a file are those of an image that can be decoded."""
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")):
        return True
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return True
    if head[:2] == b"BM":  # two letters say little: the size of the next header has to fit
        return int.from_bytes(head[14:18], "little") in _BMP_HEADERS
    return head[4:8] == b"ftyp" and head[8:12] in _BRANDS


def holds_image(path: Path) -> bool:
    """Whether a regular file begins as an image does; False for what cannot be read."""
    try:
        with inputs.open_file(path) as file:
            return is_image(file.read(HEAD))
    except (OSError, ValueError):
        return False
