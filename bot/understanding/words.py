"""What may be done with a message before anything reads it: cleaning, and telling words from none."""

from __future__ import annotations

import re
import unicodedata

# Kept although they are control or format characters: line breaks, and what joins emoji and scripts such as Arabic.
_KEPT = {"\n", "\t", "\u200c", "\u200d"}


def clean(text: str) -> str:
    """Return `text` without control characters, normalised, and with its ends and long runs of space trimmed."""
    normal = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    visible = "".join(
        character for character in normal if character in _KEPT or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t\u00a0]{2,}", " ", visible)).strip()


def has_words(text: str) -> bool:
    """Return whether there is a letter or a digit to read, in any script."""
    return any(character.isalnum() for character in text)


def is_latin(text: str) -> bool:
    """Return whether most letters are of the script that the engine was trained on."""
    letters = [character for character in text if character.isalpha()]
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return not letters or latin * 2 >= len(letters)
