"""Who of the staff may do what, in words: made from the table of rights itself, so that it cannot promise anything else."""

from __future__ import annotations

from bot.content.toolkit import Sentences
from bot.domain.access import RIGHTS, Right, Role


def say_access(sentences: Sentences, smallest: int) -> list[tuple[str, list[str]]]:
    """Return each role with what it may do, in the order of the table."""
    return [
        (say_role(sentences, role), [say_right(sentences, right, smallest) for right in Right if right in RIGHTS[role]]) for role in Role
    ]


def say_role(sentences: Sentences, role: Role) -> str:
    return sentences.get(f"access.role_{role.value}", role.value.replace("_", " ").capitalize())


def say_right(sentences: Sentences, right: Right, smallest: int) -> str:
    """Return a right in words; one that has no sentence yet by its name, rather than not at all."""
    text = sentences.get(f"access.right_{right.value}", right.value.replace("_", " "))
    return text.format(smallest=smallest)
