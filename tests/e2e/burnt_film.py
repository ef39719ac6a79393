"""A film whose every frame has its own number burnt in, as black and white cells that survive a codec and a screen."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from numpy.typing import NDArray

WIDTH, HEIGHT = 320, 180
BITS = 10
CELL = WIDTH // BITS
STRIP = 24

_down = np.linspace(0, 1, HEIGHT)[:, None, None]
SKY = np.repeat((1 - _down) * [96.0, 100, 140] + _down * [222.0, 168, 120], WIDTH, axis=1).astype(np.uint8)
SUN = np.add.outer(np.arange(-18, 19) ** 2, np.arange(-18, 19) ** 2) < 18**2

CODECS = {
    ".mp4": ("libx264", {"preset": "ultrafast", "crf": "20"}),
    ".webm": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "b": "1M"}),
}


def make_film(path: Path, rate: Fraction, frames: int) -> None:
    """Exact times in MP4, whole milliseconds in WebM. A key frame each second, as streams have them."""
    codec, options = CODECS[path.suffix]
    with av.open(str(path), "w") as film:
        stream = film.add_stream(codec, rate=rate, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size = round(rate)
        stream.codec_context.max_b_frames = 0
        for number in range(frames):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(_picture(number, frames), format="rgb24")))
        film.mux(stream.encode(None))


def _picture(number: int, frames: int) -> NDArray[np.uint8]:
    """Below the number a sky and a sun that moves, so that a person who looks sees a film."""
    picture, done = SKY.copy(), number / frames
    left, top = round(30 + 220 * done), round(110 - 60 * np.sin(np.pi * done))
    picture[top : top + SUN.shape[0], left : left + SUN.shape[1]][SUN] = (250, 232, 190)
    picture[150:] = (52, 60, 52)
    for bit in range(BITS):
        picture[:STRIP, bit * CELL : (bit + 1) * CELL] = 255 * (number >> (BITS - 1 - bit) & 1)
    return picture


def number_in(png: bytes) -> int:
    """The number of the frame in a picture of the film, of whatever size."""
    with av.open(BytesIO(png), "r") as picture:
        pixels = next(picture.decode(video=0)).to_ndarray(format="gray")
    height, width = pixels.shape
    line = pixels[round(height * STRIP / HEIGHT / 2)]
    cells = [line[round((bit + 0.5) * width / BITS)] > 127 for bit in range(BITS)]
    return int("".join("1" if cell else "0" for cell in cells), 2)
