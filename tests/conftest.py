"""What tests of every floor share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.content.toolkit import Toolkit, load_toolkit
from bot.settings import ROOT

# A Tuesday, so that "next Tuesday" is a week away.
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def toolkit() -> Toolkit:
    return load_toolkit(ROOT / "toolkit_content")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
