"""What the whole suite writes as persons or keeps as secrets, looked for in every log line and database that it leaves behind.

Whatever is encrypted on its way into a database is nobody's to read elsewhere, so that is what is looked for; a report names
places, never words.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

# So many words in a row are nobody's but their writer's; a log line of ours shares one or two with anything.
RUN = 4
# A single word is looked for from so many characters on: tokens and keys.
LONG = 20
# What the suite leaves behind that has to hold no words: logs and backups, and the databases of the running product. Databases that tests
# make by hand hold names and titles of many tests in plain, as they may.
LOGS, DATABASES = ("*.log", "*.backup"), ("*.db", "*.db-wal", "*.db-journal")
# Slack's and Teams' own sides of a conversation, and an identity provider's of signing in, which show it, and so do their logs.
PEERS = ("slack", "teams", "playground", "devTools", "provider")
_PAYLOAD = re.compile(r"(?:#\w+ )?/")
_WORD = re.compile(r"[a-z0-9](?:[a-z0-9'_-]*[a-z0-9])?")
_PRINTED = re.compile(rb"[\x20-\x7e]{16,}")


class Leaks:
    """Collects secrets and, by a hash each, what was logged and where; `found` tells where the one stands in the other."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._public: set[int] = set()
        self._logged: dict[int, str] = {}

    def allow(self, text: str) -> None:
        """Take note of what may stand anywhere, since nobody wrote it about themselves: the coach's own content."""
        self._public.update(hash(run) for run in runs_of(text))

    def hide(self, value: object) -> None:
        """Take note of something that may stand nowhere in plain; of a document, of each text in it."""
        if isinstance(value, str):
            # What a choice or a form stands for is names of ours and numbers, and lies beside its label.
            if not _PAYLOAD.match(value):
                self._secrets.add(value)
        elif isinstance(value, Mapping):
            self.hide(list(value.values()))
        elif isinstance(value, list):
            for each in value:
                self.hide(each)

    def noting(self, encrypt: Callable[[Any, Any, Any], bytes | None]) -> Callable[[Any, Any, Any], bytes | None]:
        """Return what encrypts a column's values and takes note of each."""

        def encrypt_and_note(column: Any, value: Any, dialect: Any) -> bytes | None:
            self.hide(value)
            return encrypt(column, value, dialect)

        return encrypt_and_note

    def log(self, text: str, place: str) -> None:
        """Take note of a line that was logged at a place."""
        for run in runs_of(text):
            self._logged.setdefault(hash(run), place)

    def found(self, files: Mapping[str, bytes] | None = None) -> list[str]:
        """Return the places of log lines and the names of files that hold a secret."""
        secrets = {hash(run) for text in self._secrets for run in runs_of(text)} - self._public
        places = {place for run, place in self._logged.items() if run in secrets}
        for name, content in (files or {}).items():
            if any(hash(run) in secrets for line in _PRINTED.findall(content) for run in runs_of(line.decode("ascii"))):
                places.add(name)
        return sorted(places)


def runs_of(text: str) -> Iterator[str]:
    """Return each run of words that is long enough to be told from chance: most of it letters, or one long word."""
    words = _WORD.findall(text.casefold())
    # A name of ours, such as a scenario's, has no digit; a token or key of that length has both.
    yield from (word for word in words if len(word) >= LONG and not word.isdigit() and any(map(str.isdigit, word)))
    for start in range(len(words) - RUN + 1):
        run = words[start : start + RUN]
        if sum(word[0].isalpha() for word in run) >= RUN - 1 and sum(map(len, run)) >= LONG - 4:
            yield " ".join(run)


def files_left(folders: Iterable[Path], kinds: Iterable[str] = (*LOGS, *DATABASES)) -> dict[str, bytes]:
    """Return by name what lies in folders of the kinds that have to hold no words."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for folder in folders
        for kind in kinds
        for path in folder.rglob(kind)
        if path.is_file() and not any(part.startswith(PEERS) for part in path.relative_to(folder).parts)
    }


class Listener(logging.Handler):
    """Hands each record's message, and its exception without the source lines around it, to `leaks`."""

    def __init__(self, leaks: Leaks) -> None:
        super().__init__()
        self._leaks = leaks

    def emit(self, record: logging.LogRecord) -> None:
        place = f"{record.name}:{record.lineno}"
        self._leaks.log(record.getMessage(), place)
        if record.exc_info and record.exc_info[1]:
            self._leaks.log("".join(traceback.format_exception_only(record.exc_info[1])), place)
