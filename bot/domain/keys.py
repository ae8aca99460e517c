"""What makes a key worthless: no chance in it, or known to everybody."""

from __future__ import annotations

import itertools
import re

# Values that stand in documents, examples and tests of the world.
_KNOWN = re.compile(
    r"change.?me|secret|password|example|default|insecure|your.?(?:secret|key)|test.?key|qwerty|12345678|abcdefgh|cw_0x689rpi", re.I
)
# So few different bytes among 32 random ones come up less than once in 10^20 times.
FEWEST_DIFFERENT = 16
SHORTEST = 24


def weakness_of(raw: bytes) -> str | None:
    """Return why 32 bytes are no key, such as "the same bytes again and again"; none when nothing is wrong with them."""
    if not any(raw):
        return "all zero"
    steps = {(after - before) % 256 for before, after in itertools.pairwise(raw)}
    if len(steps) == 1:
        return "a sequence"
    if any(raw == raw[:length] * (len(raw) // length) for length in (1, 2, 4, 8, 16)):
        return "the same bytes again and again"
    if len(set(raw)) < FEWEST_DIFFERENT or all(32 <= each < 127 for each in raw):
        return "written by hand rather than drawn by chance"
    return None


def weakness_of_secret(text: str) -> str | None:
    """Return why a secret of any form, such as one that signs cookies, is none; none when nothing is wrong with it."""
    if len(text) < SHORTEST:
        return f"shorter than {SHORTEST} characters"
    if _KNOWN.search(text):
        return "a word that anybody would try"
    if len(set(text)) < FEWEST_DIFFERENT - 4:
        return "the same characters again and again"
    return None
