"""Starts postmen as processes, quickly: everything is imported once, and each is a fork. Usage: nursery.py DATABASE KEY SLACK_URL

Each line read starts one and is answered with its process id; at the end of the input it ends. SIGUSR1 puts the clock of one a day
forward, SIGUSR2 a day back.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta

from bot.channels.slack import sending
from bot.channels.slack.sending import SlackChannel
from bot.content.library import load_library
from bot.domain.clock import Clock, ClockWatch
from bot.services import postman
from bot.services.postman import Postman
from bot.settings import ROOT
from bot.storage.database import Database
from tests.slack_peer import BOT_TOKEN

# So that a test need not wait a minute for what a dead process left: still longer than a call may take.
postman.LEASE = timedelta(seconds=3)
sending.TIMEOUT = 2


async def token_of(_account: str) -> str:
    return BOT_TOKEN


def move(clock: Clock, by: timedelta) -> None:
    clock.offset += by


async def work(database_url: str, key: str, slack_url: str) -> None:
    database = Database(database_url, [key])
    sentences = load_library(ROOT / "toolkit_content", ROOT / "config" / "programmes").common.sentences
    clock = Clock()
    running = Postman(database, [SlackChannel(token_of, sentences, slack_url)], ClockWatch(clock.now))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, running.stop)
    for number, by in ((signal.SIGUSR1, timedelta(days=1)), (signal.SIGUSR2, timedelta(days=-1))):
        loop.add_signal_handler(number, move, clock, by)
    await running.run()
    await database.close()


def main() -> None:
    load_library(ROOT / "toolkit_content", ROOT / "config" / "programmes")
    # A signal that comes before a worker is ready for it is none that ends it.
    for number in (signal.SIGCHLD, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    print("ready", flush=True)
    for _ in sys.stdin:
        if (pid := os.fork()) == 0:
            asyncio.run(work(*sys.argv[1:4]))
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
