"""The `coach` command."""

from __future__ import annotations

import asyncio
import sys

from sqlalchemy.exc import OperationalError, ProgrammingError

from bot.commands import app
from bot.rasa.client import EngineUnavailable
from bot.rasa.engine import EngineFailed
from bot.rasa.model import TrainingFailed
from bot.services.conversation import UnknownPerson
from bot.settings import SettingError
from bot.yaml_files import FileError


def main() -> None:
    """Run one command; what the operator can mend is said in a line, without a traceback."""
    try:
        app()
    except (FileError, SettingError, TrainingFailed, EngineFailed, EngineUnavailable) as error:
        sys.exit(f"coach: {error}")
    except UnknownPerson as error:
        sys.exit(f"coach: nobody on the roster has the id '{error}'")
    except (OperationalError, ProgrammingError) as error:
        sys.exit(
            f"coach: the database cannot be used ({str(error.orig).splitlines()[0]}): check COACH_DATABASE_URL, then run 'coach db upgrade'"
        )
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)


if __name__ == "__main__":
    main()
