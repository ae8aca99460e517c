"""How commands speak of their progress: on standard error, so that standard output carries results alone."""

from __future__ import annotations

import sys


def progress(words: str) -> None:
    print(f"coach: {words}", file=sys.stderr, flush=True)
