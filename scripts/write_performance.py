"""Write the table of docs/performance.md from what `coach bench --json` printed. Usage: write_performance.py FILE"""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def table_of(figures: list[dict[str, Any]], taken: str) -> str:
    """Return the figures as a table, with when and where they were taken."""
    lines = [taken, "", "| figure | value | baseline | ratio | goal | met | how it was taken |", "|---|---|---|---|---|---|---|"]
    for each in figures:
        shown = {name: "" if each.get(name) is None else f"{each[name]:g}" for name in ("baseline", "ratio", "goal")}
        met = {None: "", True: "yes", False: "**no**"}[each.get("met")]
        value = f"{each['value']:g} {each['unit']}"
        how = str(each["how"]).replace("|", "/")
        lines.append(f"| `{each['name']}` | {value} | {shown['baseline']} | {shown['ratio']} | {shown['goal']} | {met} | {how} |")
    return "\n".join(lines)


def with_table(page: str, table: str) -> str:
    """Return the page with this table in the place of the old one."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    figures = [json.loads(line) for line in lines if line.startswith("{")]
    load = os.getloadavg()[0]
    taken = (
        f"Taken on {datetime.now(UTC):%d %B %Y}: {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; "
        f"load of the last minute at the end {load:.1f}."
    )
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), table_of(figures, taken)), encoding="utf-8")
    print(f"{len(figures)} figures are in {PAGE.relative_to(PAGE.parent.parent)}")


if __name__ == "__main__":
    main()
