"""The table of docs/performance.md is what the benchmarks printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import write_performance

from bot.bench.figure import Figure


def test_figures_take_the_place_of_the_last_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, printed = tmp_path / "docs" / "performance.md", tmp_path / "bench.jsonl"
    page.parent.mkdir()
    page.write_text(f"# How fast\n\n{write_performance.BEGIN}\n\nold\n\n{write_performance.END}\n\n## Learned\n")
    figures = [Figure("turn_p95", 120.0, "ms", "ten | turns", 100.0, 130.0), Figure("start", 31.0, "s", "once", None, 30.0)]
    printed.write_text("coach: the model is up to date\n" + "\n".join(each.as_json() for each in figures) + "\n")
    monkeypatch.setattr(write_performance, "PAGE", page)
    monkeypatch.setattr("sys.argv", ["write_performance.py", str(printed)])
    write_performance.main()
    text = page.read_text()
    assert "old" not in text
    assert "| `turn_p95` | 120 ms | 100 | 1.2 | 130 | yes | ten / turns |" in text
    assert "| `start` | 31 s |  |  | 30 | **no** | once |" in text
    assert text.startswith("# How fast")
    assert text.endswith("## Learned\n")
    assert json.loads(figures[0].as_json())["met"] is True
