"""What somebody wrote in Slack, out of Slack's own spelling: mentions, links and escaped characters become plain words."""

from __future__ import annotations

import re

_MARKED = re.compile(r"<([^<>]*)>")
_ESCAPED = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
# How Slack begins a line that is quoted from somebody else.
_QUOTE = "&gt;"


def read_words(text: str, somebody: str, coach: str = "") -> str:
    """Return a message as plain words; who is mentioned becomes `somebody`, except the coach with the id `coach`, who goes."""

    def plain(match: re.Match[str]) -> str:
        what, _, label = match[1].partition("|")
        if what.startswith("@"):
            return "" if what[1:] == coach else somebody
        if what.startswith("#"):
            return f"#{label}" if label else ""
        if what.startswith("!"):
            return label
        return label or what

    words = _MARKED.sub(plain, text)
    for escaped, character in _ESCAPED:
        words = words.replace(escaped, character)
    return words.strip()


def own_words(text: str, somebody: str, coach: str = "") -> str:
    """Return what somebody wrote themselves in a message: without the lines that they quoted."""
    lines = [line for line in text.split("\n") if not line.lstrip().startswith(_QUOTE)]
    return read_words("\n".join(lines), somebody, coach)
