"""The adapters there are. Each host is of one of them."""

from lossy.domain.platforms.frame_io import FRAME_IO
from lossy.domain.platforms.generic import GENERIC
from lossy.domain.platforms.iconik import ICONIK
from lossy.domain.platforms.vimeo import VIMEO
from lossy.domain.platforms.youtube import YOUTUBE

__all__ = ["ADAPTERS", "FORMAT", "GENERIC", "HASHES", "VERSION"]

# Of the data: raised with every change of it.
VERSION = 1
# What `export.py` says of each version: an extension knows them by their numbers, so none becomes another.
HASHES = {
    1: "665ecb14510f",
}
# Of how the data is to be read: raised when an interpreter of the one before would read it wrong.
FORMAT = 1

ADAPTERS = (YOUTUBE, VIMEO, FRAME_IO, ICONIK)
