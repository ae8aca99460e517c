"""Serve the trained model: Rasa's own server, with its token out of the process list and no words in its log.

Environment: COACH_MODEL, COACH_MODEL_SHA256 (another file is not loaded; without it the hash noted beside the model holds),
COACH_ENGINE_PORT, COACH_ENGINE_TOKEN,
COACH_ENGINE_PARENT (a process id: when that process is gone, so is this one), COACH_ENGINE_CREDENTIALS (a file in place of
config/rasa/credentials.yml), COACH_ENGINE_INTERFACE (the address to listen on, 127.0.0.1 when left out), COACH_REDIS_URL (where
several engines keep their locks together), and what config/rasa/endpoints.yml names. Each of COACH_ENGINE_TOKEN,
COACH_ACTIONS_TOKEN, COACH_TRACKER_PASSWORD and COACH_TRACKER_KEYS may be in a file that NAME_FILE names.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Mapping, MutableMapping, Text

PROJECT = Path(__file__).resolve().parent.parent


class WordlessFormatter(logging.Formatter):
    """A log line without its message, because Rasa's messages quote what people wrote."""

    def format(self, record: logging.LogRecord) -> str:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "no exception"
        return f"engine: {record.levelname} in {record.name}:{record.lineno} ({kind})"


def shorten_action_calls() -> None:
    """Call the bot's actions with the state of a conversation but not its events, which they do not read and which grow.

    And look at the shape of their answers only, where Rasa goes through the schema of every kind of event for each one.
    """
    import rasa
    from rasa.core.actions.action import RemoteAction
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
    from rasa.shared.exceptions import RasaException

    def validate(_action: RemoteAction, result: Any) -> bool:
        if not is_answer(result):
            raise RasaException("an action answered with something else than events and responses")
        return True

    def call_format(action: RemoteAction, tracker: DialogueStateTracker, _domain: Domain) -> Dict[Text, Any]:
        state = {**tracker.current_state(EventVerbosity.NONE), "events": []}
        return {"next_action": action.name(), "sender_id": tracker.sender_id, "tracker": state, "version": rasa.__version__}

    RemoteAction._action_call_format = call_format
    RemoteAction._validate_action_result = validate


def is_answer(result: Any) -> bool:
    """Return whether an action's answer is made of events, each with its kind, and of responses."""
    if not isinstance(result, dict):
        return False
    events, responses = result.get("events", []), result.get("responses", [])
    return (
        isinstance(events, list)
        and all(isinstance(each, dict) and isinstance(each.get("event"), str) for each in events)
        and isinstance(responses, list)
        and all(isinstance(each, dict) for each in responses)
    )


def know_events() -> None:
    """Find an event's class by its name, where Rasa looks through all classes for each event of each conversation that it reads."""
    from rasa.shared.core.events import Event
    from rasa.shared.utils.common import all_subclasses

    look, known = Event.resolve_by_type, {}
    for kind in all_subclasses(Event):
        known.setdefault(kind.type_name, kind)
    Event.resolve_by_type = staticmethod(lambda name, default=None: known.get(name) or look(name, default))


class ActionFailed(BaseException):
    """Raised when an action could not be called: no Exception, which Rasa would pass over as if the action had nothing to say."""


def fail_whole_turns() -> None:
    """Undo a turn of which an action could not be called, with nothing said and nothing kept, so that it can be taken anew.

    Rasa itself goes on without the action and keeps the half turn, in which a form may be open that has asked nothing.
    """
    from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
    from rasa.core.processor import MessageProcessor
    from rasa.shared.exceptions import RasaException

    run, handle = RemoteAction.run, MessageProcessor.handle_message

    async def run_or_fail(action: RemoteAction, *arguments: Any, **options: Any) -> Any:
        try:
            return await run(action, *arguments, **options)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            raise ActionFailed(type(error).__name__) from None

    async def handle_or_undo(processor: MessageProcessor, message: UserMessage) -> Any:
        try:
            return await handle(processor, message)
        except ActionFailed as failure:
            if isinstance(message.output_channel, CollectingOutputChannel):
                message.output_channel.messages.clear()
            raise RasaException(f"an action could not be called ({failure})") from None

    RemoteAction.run = run_or_fail
    MessageProcessor.handle_message = handle_or_undo


def keep_quiet() -> None:
    """Print what the engine says before it serves, when nobody has said a word yet, and from then on our own wordless lines alone."""
    reader, writer = os.pipe()
    printed = os.fdopen(os.dup(2), "w", buffering=1)
    for stream in (1, 2):
        os.dup2(writer, stream)

    def pass_on() -> None:
        serves = False
        with os.fdopen(reader, errors="replace") as lines:
            for line in lines:
                serves = serves or "server is up and running" in line
                if not serves or line.startswith("engine: "):
                    printed.write(line)

    threading.Thread(target=pass_on, daemon=True).start()


def keep_connections() -> None:
    """Call the bot's actions over connections that stay open, where Rasa makes one for each call."""
    import aiohttp
    from rasa.utils.endpoints import EndpointConfig

    make = EndpointConfig.session
    kept: Dict[int, aiohttp.ClientSession] = {}

    class Lent:
        """A session that outlives the call that it is used for."""

        def __init__(self, session: aiohttp.ClientSession) -> None:
            self.session = session

        async def __aenter__(self) -> aiohttp.ClientSession:
            return self.session

        async def __aexit__(self, *_: object) -> None:
            pass

    def session(endpoint: EndpointConfig) -> Lent:
        if id(endpoint) not in kept or kept[id(endpoint)].closed:
            kept[id(endpoint)] = make(endpoint)
        return Lent(kept[id(endpoint)])

    EndpointConfig.session = session


def read_secrets(environment: MutableMapping[str, str]) -> None:
    """Set each secret that is in a file."""
    for name in ("COACH_ENGINE_TOKEN", "COACH_ACTIONS_TOKEN", "COACH_TRACKER_PASSWORD", "COACH_TRACKER_KEYS"):
        if path := environment.get(f"{name}_FILE"):
            environment[name] = Path(path).read_text(encoding="ascii").strip()


def watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def verify_model(environment: MutableMapping[str, str]) -> None:
    """Name the model that is loaded, in a folder its newest, and leave with a line when it has not the hash that was given or noted.

    Loading a model runs what is in it, so one without any hash is not loaded either.
    """
    model = Path(environment["COACH_MODEL"])
    if model.is_dir():
        models = sorted(model.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
        if not models:
            sys.exit("engine: there is no model in the folder of COACH_MODEL: train one with 'coach train'")
        model = models[-1]
    # From here on it is this file, whatever is put into the folder meanwhile.
    environment["COACH_MODEL"] = str(model)
    noted = model.with_name(model.name[: -len(".tar.gz")] + ".sha256")
    expected = environment.get("COACH_MODEL_SHA256") or (noted.read_text(encoding="ascii").strip() if noted.exists() else "")
    if not expected:
        sys.exit("engine: the model has no hash: name it in COACH_MODEL_SHA256, or have 'coach train' note it beside the model")
    found = hashlib.sha256(model.read_bytes()).hexdigest()
    if not hmac.compare_digest(found, expected):
        sys.exit("engine: the model is not the file whose hash was given in COACH_MODEL_SHA256 or noted beside it: run 'coach train'")


def options(environment: Mapping[str, str]) -> List[str]:
    """Return the options of `rasa run`; each value is one word with its name, since a token may begin with a dash."""
    configuration = PROJECT / "config" / "rasa"
    return [
        "--enable-api",
        f"--interface={environment.get('COACH_ENGINE_INTERFACE') or '127.0.0.1'}",
        f"--port={environment['COACH_ENGINE_PORT']}",
        f"--auth-token={environment['COACH_ENGINE_TOKEN']}",
        f"--model={environment['COACH_MODEL']}",
        f"--endpoints={configuration / 'endpoints.yml'}",
        f"--credentials={environment.get('COACH_ENGINE_CREDENTIALS') or configuration / 'credentials.yml'}",
    ]


# Reading messages takes all the processor there is; whoever acknowledges them beside it must not wait for that.
NICENESS = 5


def give_way() -> None:
    os.nice(NICENESS)
    # Where the kernel shares its time out by sessions first, which this process has one of its own of.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS))


def main() -> None:
    environment = os.environ
    give_way()
    if parent := environment.get("COACH_ENGINE_PARENT"):
        threading.Thread(target=watch_parent, args=(int(parent),), daemon=True).start()
    else:
        keep_quiet()
    verify_model(environment)
    environment.setdefault("RASA_TELEMETRY_ENABLED", "false")
    environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    environment.setdefault("SANIC_BACKLOG", "100")
    read_secrets(environment)
    environment["COACH_LOCK_STORE"] = "components.lock_store.RedisLocks" if environment.get("COACH_REDIS_URL") else "in_memory"
    # An engine that was killed in the middle of a turn leaves its lock behind; longer than any turn may take (seconds).
    environment.setdefault("TICKET_LOCK_LIFETIME", "25")

    # Trackers, actions' answers and messages pass through these loggers; none of them may print what it was given.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WordlessFormatter())
    handler.setLevel(logging.WARNING)

    import rasa.utils.common
    import rasa.utils.log_utils
    import structlog
    from rasa.__main__ import main as rasa_main

    def configure_logging(*_arguments: object, **_options: object) -> None:
        root = logging.getLogger()
        root.handlers[:] = [handler]
        root.setLevel(logging.WARNING)
        structlog.configure(
            processors=[
                lambda logger, name, event: {"event": "", "exc_info": event.get("exc_info")},
                structlog.stdlib.render_to_log_kwargs,
            ],
            logger_factory=structlog.stdlib.LoggerFactory(),
            # What would not be printed is not looked at either.
            wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        )

    rasa.utils.log_utils.configure_structlog = configure_logging
    rasa.utils.common.configure_logging_and_warnings = configure_logging
    shorten_action_calls()
    know_events()
    keep_connections()
    fail_whole_turns()
    sys.argv = ["rasa", "run", *options(environment)]
    rasa_main()


if __name__ == "__main__":
    main()
