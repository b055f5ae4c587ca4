"""Names that systems, storage boxes and programs give to what they keep beside photos.

Only whole names that people do not choose count: a folder called "recycle", "trash", "snapshots" or
"thumbnails" may be a class of a collection.
"""

from __future__ import annotations

import re

from core.images.folders.left_out import HIDDEN, PREVIEWS, SNAPSHOTS, SYSTEM, TRASH

# By lower-case name. In the order of the lines: Synology, QNAP and Asustor, Windows, macOS and
# netatalk, Linux and freedesktop.org, Buffalo and digiKam, Nextcloud.
_FOLDERS: dict[str, str] = {
    **dict.fromkeys(("#recycle", "@sharerecycle"), TRASH),
    **dict.fromkeys(("@recycle", ".@recycle"), TRASH),
    **dict.fromkeys(("$recycle.bin", "$recycled"), TRASH),
    **dict.fromkeys((".trashes", ".trash", "network trash folder"), TRASH),
    **dict.fromkeys((".recycle", ".recycled", ".recycle.bin", ".wastebasket"), TRASH),
    **dict.fromkeys(("trashbox", ".dtrash", ".trashbox"), TRASH),
    **dict.fromkeys(("files_trashbin", ".stversions.trash"), TRASH),
    **dict.fromkeys(("#snapshot", "@sharesnap", "@snapshot", "@recently-snapshot"), SNAPSHOTS),
    **dict.fromkeys((".snapshot", "~snapshot", ".snapshots", ".zfs", ".ckpt"), SNAPSHOTS),
    **dict.fromkeys(("backups.backupdb", ".mobilebackups", "files_versions"), SNAPSHOTS),
    **dict.fromkeys((".stversions", ".$extend", "#snapshots"), SNAPSHOTS),
    **dict.fromkeys(("@eadir", ".@__thumb", "@__thumb", ".thumbnails", ".thumbs"), PREVIEWS),
    **dict.fromkeys((".thumb", ".picasaoriginals", ".comments", ".digikam"), PREVIEWS),
    **dict.fromkeys((".pics", ".xvpics"), PREVIEWS),
    **dict.fromkeys(("__macosx", ".appledouble", ".appledb", ".appledesktop"), SYSTEM),
    **dict.fromkeys((".spotlight-v100", ".fseventsd", ".temporaryitems"), SYSTEM),
    **dict.fromkeys((".documentrevisions-v100", "temporary items"), SYSTEM),
    **dict.fromkeys(("thevolumesettingsfolder", ".pkinstallsandboxmanager"), SYSTEM),
    **dict.fromkeys(("system volume information", "$windows.~bt", "$windows.~ws"), SYSTEM),
    **dict.fromkeys(("lost+found", "@tmp", "#tmp", "@sharebin", "@synodrive"), SYSTEM),
    **dict.fromkeys(("@synologydrive", "@synofinder-etc-volume", ".@upload_cache"), SYSTEM),
    **dict.fromkeys(("__pycache__", ".git", ".svn", ".hg", ".bzr", ".stfolder"), SYSTEM),
    **dict.fromkeys((".dropbox.cache", ".sync", ".idea", ".vscode", ".venv"), SYSTEM),
}
_FILES = frozenset(
    {
        "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r", "picasa.ini",
        "zbthumbnail.info", "thumbs.db:encryptable",
    }
)  # fmt: skip
# Trash of a drive by user's number; shadow copies as Samba shows them; Lightroom's previews.
_FOLDER_PATTERNS = (
    (re.compile(r"\.trash-\d+"), TRASH),
    (re.compile(r"@gmt-[\d.\-]+"), SNAPSHOTS),
    (re.compile(r".+\.lrdata|.+\.lrcat-data"), PREVIEWS),
    (re.compile(r"found\.\d{3}"), SYSTEM),
)
_FILE_PATTERNS = (
    (re.compile(r"syno(photo|file|video)_thumb_.*|synoindex_media_info"), PREVIEWS),
    (re.compile(r"\._.*"), SYSTEM),
)
# Folders of a photo program's library beside the one that holds the originals.
_IN_LIBRARIES = (
    (".photoslibrary", frozenset({"resources", "database", "private", "internal", "scopes"})),
    (".aplibrary", frozenset({"previews", "thumbnails", "database"})),
    (".cocatalog", frozenset({"cache", "adjustments"})),
    ("captureone", frozenset({"cache", "settings"})),
)


def folder_reason(name: str, parent: str = "") -> str | None:
    """Why a folder is not entered, None for one that is.

    Args:
        name: of the folder; parent: name of the folder it lies in.
    """
    lowered = name.lower()
    if lowered in _FOLDERS:
        return _FOLDERS[lowered]
    for pattern, reason in _FOLDER_PATTERNS:
        if pattern.fullmatch(lowered):
            return reason
    for ending, names in _IN_LIBRARIES:
        if parent.lower().endswith(ending) and lowered in names:
            return PREVIEWS
    return HIDDEN if name.startswith(".") else None


def file_reason(name: str) -> str | None:
    """Why a file is passed over whatever it holds, None for one that is looked at."""
    lowered = name.lower()
    if lowered in _FILES:
        return SYSTEM
    if lowered.startswith((".", "syno")):
        for pattern, reason in _FILE_PATTERNS:
            if pattern.fullmatch(lowered):
                return reason
    return HIDDEN if name.startswith(".") else None
