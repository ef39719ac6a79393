"""The adapters there are. Each host is of one of them."""

from lossy.domain.platforms.frame_io import FRAME_IO
from lossy.domain.platforms.generic import GENERIC
from lossy.domain.platforms.iconik import ICONIK
from lossy.domain.platforms.vimeo import VIMEO
from lossy.domain.platforms.youtube import YOUTUBE

__all__ = ["ADAPTERS", "FORMAT", "GENERIC", "VERSION"]

# Of the data: raised whenever an address is detected otherwise than before.
VERSION = 1
# Of how the data is to be read: raised when an interpreter of the one before would read it wrong.
FORMAT = 1

ADAPTERS = (YOUTUBE, VIMEO, FRAME_IO, ICONIK)
