"""When a broadcast will have reached people: from when each may be written to, and from the rate of where they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the first, the middle and the last person will have it."""

    start: datetime
    half: datetime
    finish: datetime


def forecast(opens: Iterable[tuple[str, datetime]], rates: Mapping[str, float]) -> Forecast | None:
    """Return a forecast from each person's queue and the moment from which they may be written to; none where there is nobody.

    `rates` are messages a second of a queue; one that is not named has no limit.
    """
    queues: defaultdict[str, list[datetime]] = defaultdict(list)
    for queue, moment in opens:
        queues[queue].append(moment)
    done: list[datetime] = []
    for queue, moments in queues.items():
        apart = timedelta(seconds=1 / rates[queue]) if queue in rates else timedelta()
        last: datetime | None = None
        for moment in sorted(moments):
            last = moment if last is None else max(moment, last + apart)
            done.append(last)
    if not done:
        return None
    done.sort()
    return Forecast(done[0], done[(len(done) - 1) // 2], done[-1])
