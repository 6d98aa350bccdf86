"""The variables of OpenTelemetry that we have to know; the SDK reads the others by itself."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from preview_worker.observability import TraceSettings

_PATH = "v1/traces"
_PROTOCOL = "http/protobuf"


class TraceVariables(BaseSettings):
    """Every name that says whether and where traces are sent."""

    otel_exporter_otlp_endpoint: str = Field(
        "", description="OpenTelemetry collector to send traces to; none if unset"
    )
    otel_exporter_otlp_traces_endpoint: str = Field(
        "", description="The same, as the whole address that takes traces"
    )
    otel_exporter_otlp_protocol: str = Field(
        _PROTOCOL, description="How it is spoken to; there is no other way"
    )
    otel_traces_exporter: str = Field("otlp", description="none sends no traces all the same")
    otel_sdk_disabled: str = Field("false", description="true sends nothing either")
    traceparent: str = Field(
        "", description="W3C trace context that enqueue hands to its jobs; so is TRACESTATE"
    )
    tracestate: str = Field("", description="What goes along with TRACEPARENT")

    @property
    def traces(self) -> TraceSettings | None:
        """Where traces are sent to; None when they are not."""
        off = self.otel_traces_exporter.strip().lower() == "none"
        if off or self.otel_sdk_disabled.strip().lower() == "true":
            return None
        if whole := self.otel_exporter_otlp_traces_endpoint:
            return TraceSettings(endpoint=whole)
        if base := self.otel_exporter_otlp_endpoint:
            return TraceSettings(endpoint=f"{base.rstrip('/')}/{_PATH}")
        return None

    @property
    def trace_context(self) -> dict[str, str]:
        """The W3C headers that the environment holds."""
        if not self.traceparent:
            return {}
        state = {"tracestate": self.tracestate} if self.tracestate else {}
        return {"traceparent": self.traceparent} | state

    @model_validator(mode="after")
    def _check_collector(self) -> Self:
        """Refuse what would have traces sent to where nobody understands them."""
        if (traces := self.traces) is None:
            return self
        if not traces.endpoint.startswith(("http://", "https://")):
            message = (
                "OTEL_EXPORTER_OTLP_ENDPOINT: must begin with http:// or https://, but is "
                f"{traces.endpoint!r}"
            )
            raise ValueError(message)
        if self.otel_exporter_otlp_protocol != _PROTOCOL:
            message = (
                f"OTEL_EXPORTER_OTLP_PROTOCOL: traces are sent by {_PROTOCOL} alone, not by "
                f"{self.otel_exporter_otlp_protocol!r}; OTEL_TRACES_EXPORTER=none sends none"
            )
            raise ValueError(message)
        return self
