"""How the dialogue engine is started."""

from __future__ import annotations

import argparse
import importlib.util

from bot.settings import ROOT


def test_a_token_that_begins_with_a_dash_is_still_a_token() -> None:
    spec = importlib.util.spec_from_file_location("serve", ROOT / "dialogues" / "serve.py")
    assert spec is not None
    assert spec.loader is not None
    serve = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(serve)
    parser = argparse.ArgumentParser()
    for name in ("interface", "port", "model", "endpoints", "credentials"):
        parser.add_argument(f"--{name}")
    parser.add_argument("-t", "--auth-token")
    parser.add_argument("--enable-api", action="store_true")
    read = parser.parse_args(serve.options({"COACH_ENGINE_PORT": "5005", "COACH_ENGINE_TOKEN": "-Ab_c", "COACH_MODEL": "m.tar.gz"}))
    assert read.auth_token == "-Ab_c"
