from __future__ import annotations

from io import StringIO
from typing import get_args

from rich.console import Console

from bot.commands.engine import confusion_table
from bot.content.schema import ThemeId


def test_every_heading_can_be_read_on_a_terminal_of_eighty_letters() -> None:
    names = get_args(ThemeId)
    rows = [[10 * (row == column) for column in range(len(names) + 1)] for row in range(len(names))]
    out = StringIO()
    Console(file=out, width=80).print(confusion_table([*names, "-"], rows))
    printed = out.getvalue()
    assert "\u2026" not in printed, "nothing is cut"
    heading = next(line for line in printed.splitlines() if "none" in line).split()
    assert heading == [*(str(number) for number in range(1, 14)), "none"]
    assert all(f"{number} {name}" in printed for number, name in enumerate(names, start=1))
    assert max(map(len, printed.splitlines())) <= 80
