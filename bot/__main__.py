"""The `coach` command."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable


def main() -> None:
    """Run one command; what the operator can mend is said in a line, without a traceback."""
    # What is imported stays: looking through all of it for garbage again and again takes a sixth of a start.
    gc.disable()
    run = load()
    gc.enable()
    try:
        run()
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)


def load() -> Callable[[], None]:
    """Import the commands; return what runs the one that was typed."""
    from sqlalchemy.exc import OperationalError, ProgrammingError  # noqa: PLC0415 - see main

    from bot.commands import app  # noqa: PLC0415
    from bot.rasa.client import EngineUnavailable  # noqa: PLC0415
    from bot.rasa.engine import EngineFailed  # noqa: PLC0415
    from bot.rasa.model import TrainingFailed  # noqa: PLC0415
    from bot.services.conversation import UnknownPerson  # noqa: PLC0415
    from bot.settings import SettingError  # noqa: PLC0415
    from bot.yaml_files import FileError  # noqa: PLC0415

    def run() -> None:
        try:
            app()
        except (FileError, SettingError, TrainingFailed, EngineFailed, EngineUnavailable) as error:
            sys.exit(f"coach: {error}")
        except UnknownPerson as error:
            sys.exit(f"coach: nobody on the roster has the id '{error}'")
        except (OperationalError, ProgrammingError) as error:
            sys.exit(
                f"coach: the database cannot be used ({str(error.orig).splitlines()[0]}): "
                "check COACH_DATABASE_URL, then run 'coach db upgrade'"
            )

    return run


if __name__ == "__main__":
    main()
