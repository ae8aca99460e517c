"""Resolve the locks anew, with hashes and without host names. Usage: python3 scripts/lock.py"""

from __future__ import annotations

import subprocess

from setup import ROOT, say, uv

LOCKS = {
    "uv": (ROOT / "locks", ["uv.in", "--universal"]),
    "bot": (ROOT, ["pyproject.toml"]),
    "test": (ROOT, ["pyproject.toml", "--extra", "test"]),
    "engine": (ROOT / "dialogues", ["pyproject.toml"]),
}


def main() -> None:
    installer = uv()
    for name, (folder, arguments) in LOCKS.items():
        say(f"resolving {name}")
        command = [
            str(installer),
            "pip",
            "compile",
            *arguments,
            "--python-version",
            "3.11",
            "--generate-hashes",
            "--no-emit-index-url",
            "--no-header",
            "--no-annotate",
            "--quiet",
            "--output-file",
            str(ROOT / "locks" / f"{name}.txt"),
        ]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
