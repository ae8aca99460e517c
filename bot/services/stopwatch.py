"""How long turns take in this process, by channel and stage, as Prometheus counts it; nobody's words, and nobody's id."""

from __future__ import annotations

from enum import StrEnum

from prometheus_client import CollectorRegistry, Histogram

# Upper ends of the buckets, in seconds.
_BUCKETS = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 15, 60, 300)


class Stage(StrEnum):
    """A part of a turn: from received to taken up, with the engine, and from received to answered."""

    WAITING = "waiting"
    ENGINE = "engine"
    WHOLE = "whole"


class Stopwatch:
    """Counts turns; `registry` is what /metrics gives besides what is in the database."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._turns = Histogram(
            "coach_turn_seconds", "Turns of people, by stage", ["channel", "stage"], buckets=_BUCKETS, registry=self.registry
        )

    def note(self, channel: str, stage: Stage, seconds: float) -> None:
        """Count one stage of a turn; a clock that was put back makes it none."""
        self._turns.labels(channel, stage.value).observe(max(0.0, seconds))
