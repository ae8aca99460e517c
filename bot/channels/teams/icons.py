"""The app's two icons, drawn by arithmetic: a speech bubble with three dots, on a colour and in outline."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

# Microsoft's sizes, in pixels.
COLOUR_SIZE, OUTLINE_SIZE = 192, 32
# Each pixel is looked at in so many places each way, which makes smooth edges.
_SAMPLES = 4

Rgba = tuple[int, int, int, int]
# Says of a point, both ways from 0 to 1, whether it is drawn.
Shape = Callable[[float, float], bool]


def colour_icon(accent: str) -> bytes:
    """Return the PNG on a ground of the accent colour, such as #005eb8; the bubble keeps clear of the rim, which Teams may round off."""
    red, green, blue = (int(accent[first : first + 2], 16) for first in (1, 3, 5))
    return _png(COLOUR_SIZE, lambda x, y: _bubble(x, y) and not _dots(x, y), (255, 255, 255, 255), (red, green, blue, 255))


def outline_icon() -> bytes:
    """Return the PNG that Teams tints itself: white on nothing."""
    return _png(OUTLINE_SIZE, _outline, (255, 255, 255, 255), (255, 255, 255, 0))


def _bubble(x: float, y: float, inset: float = 0.0) -> bool:
    """Return whether a point is in the bubble, a rounded box with a tail; `inset` makes it smaller on every side."""
    radius = 0.12 - inset / 2
    left, right, top, bottom = 0.24 + inset, 0.76 - inset, 0.27 + inset, 0.62 - inset
    across = max(left + radius - x, x - right + radius, 0.0)
    down = max(top + radius - y, y - bottom + radius, 0.0)
    is_box = across**2 + down**2 <= radius**2
    is_tail = bottom - 0.02 <= y <= 0.76 - 2 * inset and 0.34 + inset <= x <= 0.34 + (0.76 - y) * 1.1 - inset
    return is_box or is_tail


def _dots(x: float, y: float) -> bool:
    return any((x - centre) ** 2 + (y - 0.445) ** 2 <= 0.038**2 for centre in (0.38, 0.5, 0.62))


def _outline(x: float, y: float) -> bool:
    # Larger than in the coloured icon: there is no ground around it.
    x, y = 0.5 + (x - 0.5) * 0.6, 0.5 + (y - 0.5) * 0.6
    return (_bubble(x, y) and not _bubble(x, y, 0.045)) or _dots(x, y)


def _png(size: int, shape: Shape, ink: Rgba, ground: Rgba) -> bytes:
    """Return a square PNG of 8 bits a channel; what is drawn in part is mixed."""
    offsets = [(each + 0.5) / _SAMPLES for each in range(_SAMPLES)]
    rows = bytearray()
    for row in range(size):
        rows.append(0)  # no filter
        for column in range(size):
            drawn = sum(shape((column + dx) / size, (row + dy) / size) for dx in offsets for dy in offsets) / _SAMPLES**2
            rows += bytes(round(under + (over - under) * drawn) for over, under in zip(ink, ground, strict=True))
    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
