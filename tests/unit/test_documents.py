"""What the documents state as facts is so."""

from __future__ import annotations

import re

import pytest

from bot.commands.privacy import BEGINS, ENDS, map_of
from bot.settings import ROOT, read_settings

DOCUMENTS = ("SECURITY.md", "docs/security.md", "docs/privacy.md", "docs/dpia-template.md", "docs/clinical-safety.md")


def test_the_map_of_data_is_that_of_the_tables() -> None:
    shown = (ROOT / "docs" / "privacy.md").read_text().partition(BEGINS)[2].partition(ENDS)[0].strip()
    assert shown == map_of(read_settings({}).file.retention), "run 'coach data-map --write'"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_test_file_and_link_that_is_named_exists(name: str) -> None:
    text = (ROOT / name).read_text()
    for path in re.findall(r"`((?:tests|bot|config|docs)/[\w./-]+\.\w+)`", text):
        assert (ROOT / path).exists(), path
    for link in re.findall(r"\]\(([\w./-]+\.md)", text):
        assert ((ROOT / name).parent / link).exists(), link


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_target_of_make_that_is_named_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"`make ([a-z-]+)`", (ROOT / name).read_text())) <= targets
