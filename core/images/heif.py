"""HEIC pictures, as phones take them: readable where the optional package pillow-heif is installed.

Importing this module makes Pillow know them, in every process and thread that decodes.
"""

try:
    import pillow_heif
except ImportError:
    READABLE = False
else:
    pillow_heif.register_heif_opener()
    READABLE = True

INSTALL = "HEIC pictures need the Python package pillow-heif: pip install pillow-heif"
