"""Whose seat somebody sits in: what a scenario is told from, and what the coach knows of a person."""

from __future__ import annotations

from enum import StrEnum


class Post(StrEnum):
    """What somebody is to the service that they lead."""

    DIRECTOR = "director"
    MANAGER = "manager"
    NURSE_LEAD = "nurse_lead"

    @property
    def is_doctor(self) -> bool:
        """Return whether people in this post are taken for doctors; some directors are not, and lose nothing by it."""
        return self is Post.DIRECTOR
