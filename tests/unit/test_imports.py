"""What is not imported until it is needed: each takes time at every start, or memory in every process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.settings import ROOT

# What takes long or much, by who needs it.
OF_PICTURES = {"altair": "draws", "vl_convert": "draws", "typst": "sets the report"}
OF_FIGURES = {"scipy": "is for statistics", "statsmodels": "is for statistics", "pandas": "is for statistics"}
OF_FILES = {"xlsxwriter": "writes workbooks", "python_calamine": "reads workbooks"}
OF_CHANNELS = {"slack_bolt": "is Slack's", "microsoft_agents": "is Microsoft's", "msal": "is Microsoft's"}
OF_TRACES = {"opentelemetry.sdk": "sends traces", "opentelemetry.exporter": "sends traces"}
OF_SERVING = {
    "fastapi": "serves pages",
    "uvicorn": "serves",
    "uvloop": "serves",
    "sanic": "comes with Rasa's SDK",
    "rasa_sdk": "answers the engine",
    "jinja2": "makes pages",
    "apscheduler": "ticks",
    "aiohttp": "is the channels'",
}
OF_MEASURING = {"bot.bench.slack": "measures", "bot.bench.figures": "measures"}


@pytest.mark.parametrize(
    ("code", "left_out"),
    [
        pytest.param(
            "from bot.__main__ import load; load()",
            OF_PICTURES | OF_FIGURES | OF_FILES | OF_CHANNELS | OF_TRACES | OF_SERVING | OF_MEASURING,
            id="a command that serves nothing",
        ),
        pytest.param(
            "from bot.__main__ import load; load(); import bot.web.app, bot.rasa.actions.webhook, bot.scheduler",
            OF_PICTURES | OF_FIGURES | OF_FILES | OF_CHANNELS | OF_TRACES | OF_MEASURING,
            id="a process that serves, without Slack, Teams and traces",
        ),
    ],
)
def test_what_is_not_needed_is_not_imported(code: str, left_out: dict[str, str]) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    found = {name: why for name, why in left_out.items() if any(each == name or each.startswith(f"{name}.") for each in shown)}
    assert found == {}
