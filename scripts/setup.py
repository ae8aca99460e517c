"""Set up the project's two environments from their hash-pinned locks; needs only Python's standard library.

Usage: python3 scripts/setup.py [--test]

The bot lives in .venv and the dialogue engine in dialogues/.venv, because Rasa pins versions that the bot's packages
cannot live with. An environment whose lock has not changed since it was last set up is left alone.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOT = ROOT / ".venv"
ENGINE = ROOT / "dialogues" / ".venv"
ENCODER = ENGINE / "encoder"
# What the encoder is made from, besides the weights that the lock pins.
ENCODER_INPUTS = [
    ROOT / "dialogues" / name for name in ("unpack_encoder.py", "components/transformer_graph.py", "encoder/adapter.safetensors")
]
PEERS = ROOT / "tests" / "peers"
BOOTSTRAP = ROOT / "var" / "uv"

# How often a long step says that it still runs, in seconds.
STILL_THERE = 15


def say(words: str) -> None:
    print(f"setup: {words}", flush=True)


def run(*command: str | Path) -> None:
    """Run one command, showing what it prints and that it still runs; stop the set-up with its exit status when it fails."""
    environment = os.environ | {"UV_NO_PROGRESS": "1", "VIRTUAL_ENV": "", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    # Without compiled bytecode the dialogue engine takes three times as long to start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT, env=environment)
    while True:
        try:
            status = process.wait(timeout=STILL_THERE)
            break
        except subprocess.TimeoutExpired:
            say(f"still at it after {time.monotonic() - started:.0f} s")
    if status:
        say(f"stopped: '{Path(command[0]).name} {' '.join(map(str, command[1:3]))}' failed (see above); run again to go on")
        sys.exit(status)


def uv() -> Path:
    """Return the installer's path, installing it first from its own lock."""
    program = BOOTSTRAP / "bin" / "uv"
    lock = ROOT / "locks" / "uv.txt"
    if not is_current(BOOTSTRAP, lock):
        say("fetching the installer")
        run(sys.executable, "-m", "venv", "--clear", BOOTSTRAP)
        run(BOOTSTRAP / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock)
        mark(BOOTSTRAP, lock)
    return program


def fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def is_current(environment: Path, lock: Path) -> bool:
    stamp = environment / f"{lock.stem}.sha256"
    return stamp.is_file() and stamp.read_text() == fingerprint(lock)


def mark(environment: Path, lock: Path) -> None:
    for old in environment.glob("*.sha256"):
        old.unlink()
    (environment / f"{lock.stem}.sha256").write_text(fingerprint(lock))


def install(environment: Path, lock: Path, python: str) -> None:
    """Make `environment` hold exactly what `lock` names, compiled, with every hash checked."""
    started = time.monotonic()
    installer = uv()
    say(f"installing {lock.relative_to(ROOT)} into {environment.relative_to(ROOT)}")
    if not (environment / "bin" / "python").exists():
        run(installer, "venv", "--quiet", "--python", python, environment)
    run(installer, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", environment / "bin" / "python", lock)
    mark(environment, lock)
    say(f"installed in {time.monotonic() - started:.0f} s")


def install_peers() -> None:
    """Install the Slack and Teams of the tests, from a lock with hashes."""
    stamp = PEERS / "node_modules" / "lock.sha256"
    wanted = fingerprint(PEERS / "package-lock.json")
    if not stamp.is_file() or stamp.read_text() != wanted:
        say("installing the tests' peers")
        run(BOT / "bin" / "npm", "ci", "--prefix", PEERS, "--ignore-scripts", "--silent")
        stamp.write_text(wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", action="store_true", help="also install what the tests need")
    wants_tests = parser.parse_args().test
    if sys.version_info < (3, 11):  # noqa: UP036 - the reader of this sentence runs an older one
        sys.exit(f"setup: Python 3.11 or later is needed; this is {sys.version.split()[0]}. Try: make PYTHON=python3.11")

    bot_lock, test_lock, engine_lock = (ROOT / "locks" / f"{name}.txt" for name in ("bot", "test", "engine"))
    if not is_current(BOT, test_lock) and (wants_tests or not is_current(BOT, bot_lock)):
        # The tests' lock holds all that the bot's holds, so an environment set up for tests serves the demo too.
        install(BOT, test_lock if wants_tests else bot_lock, sys.executable)
    if not (BOT / "bin" / "coach").exists():
        run(uv(), "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--python", BOT / "bin" / "python", "--editable", ROOT)
    if wants_tests:
        install_peers()
    if not is_current(ENGINE, engine_lock):
        # TensorFlow 2.12 ends at Python 3.11; on a machine with only a newer one, this fetches it.
        install(ENGINE, engine_lock, "3.11")
    made_from = ENCODER / "made_from.sha256"
    inputs = hashlib.sha256(b"".join(path.read_bytes() for path in ENCODER_INPUTS)).hexdigest()
    if not made_from.exists() or made_from.read_text() != inputs:
        say("unpacking the sentence encoder")
        run(ENGINE / "bin" / "python", ROOT / "dialogues" / "unpack_encoder.py", ENCODER)
        made_from.write_text(inputs)


if __name__ == "__main__":
    main()
