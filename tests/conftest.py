"""What tests of every floor share."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.content.library import Library, load_library
from bot.content.toolkit import Toolkit
from bot.settings import ROOT
from bot.storage.encryption import EncryptedJSON, Words
from tests.leaks import LOGS, Leaks, Listener, files_left

# A Tuesday, so that "next Tuesday" is a week away.
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
# Chromium without a screen, and without calling anybody.
BROWSER_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def browser_program() -> str:
    """Return the path of the machine's Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "no browser: install Debian's chromium (as .ci/run does)"
    return program


@pytest.fixture(scope="session", autouse=True)
def leaks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leaks]:
    """Fail the run when what anybody wrote in it, or a secret, stands in a log, a database or a backup at its end."""
    found = Leaks()
    listener = Listener(found)
    for folder in ("toolkit_content", "config"):
        for file in (ROOT / folder).rglob("*.y*ml"):
            found.allow(file.read_text(encoding="utf-8"))
    with pytest.MonkeyPatch.context() as patch:
        for kind in (Words, EncryptedJSON):
            patch.setattr(kind, "process_bind_param", found.noting(kind.process_bind_param))
        logging.getLogger().addHandler(listener)
        yield found
    logging.getLogger().removeHandler(listener)
    places = found.found(files_left([tmp_path_factory.getbasetemp()], LOGS))
    assert not places, f"words or secrets of the tests stand in: {', '.join(places)}"


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library(ROOT / "toolkit_content", ROOT / "config" / "programmes")


@pytest.fixture(scope="session")
def toolkit(library: Library) -> Toolkit:
    return library.common


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
