"""Spans of what is done for one message, across our processes and the engine: how long each part took, and never a word of it.

Off unless OTEL_EXPORTER_OTLP_ENDPOINT is set; then OpenTelemetry's own variables hold too. A span's attributes are names of ours: a
channel, a kind of action, a number of attempts.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_TRACER = trace.get_tracer("coach")
_CONTEXT = TraceContextTextMapPropagator()
_NAME = "traceparent"
# So many messages that wait to be posted are remembered with the span that made them; others begin a trace of their own.
_REMEMBERED = 2000
_made_by: OrderedDict[int, str] = OrderedDict()


def start_tracing(role: str) -> None:
    """Send spans to where OTEL_EXPORTER_OTLP_ENDPOINT says, from a thread of their own; without it nothing is done."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    # A third of a second to import, which only this needs.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": f"coach-{role}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def span(name: str, follows: str | None = None, **attributes: str | int) -> Iterator[None]:
    """Time what is done within; `follows` is the traceparent of what brought it about, where that was elsewhere."""
    context = _CONTEXT.extract({_NAME: follows}) if follows else None
    # What went wrong is told by its kind alone: an exception's text may quote somebody.
    with _TRACER.start_as_current_span(name, context, attributes=attributes, record_exception=False, set_status_on_exception=False) as made:
        try:
            yield
        except Exception as error:
            made.set_attribute("error.type", type(error).__name__)
            made.set_status(trace.StatusCode.ERROR)
            raise


def traceparent() -> str | None:
    """Return the present span for others to follow (W3C Trace Context); none where nothing is traced."""
    carrier: dict[str, str] = {}
    _CONTEXT.inject(carrier)
    return carrier.get(_NAME)


def traceparent_in(headers: Mapping[str, object]) -> str | None:
    """Return the traceparent that somebody else handed on; none when there is none."""
    found = headers.get(_NAME)
    return found if isinstance(found, str) else None


def remember(message_id: int) -> None:
    """Note that the present span made a message, which is posted later."""
    if (present := traceparent()) is not None:
        _made_by[message_id] = present
        while len(_made_by) > _REMEMBERED:
            _made_by.popitem(last=False)


def made_by(message_id: int) -> str | None:
    """Return the span that made a message in this process, once."""
    return _made_by.pop(message_id, None)
