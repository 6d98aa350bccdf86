"""An answer takes the form that its asker likes best, and the usual one in doubt."""

from __future__ import annotations

import pytest

from preview_worker.api.negotiation import MediaType, chosen

TEXT = MediaType("text/plain", {"version": "0.0.4"})
OPENMETRICS = MediaType("application/openmetrics-text", {"version": "1.0.0"})
JSON = MediaType("application/json")

PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", TEXT),
        ("*/*", TEXT),
        (BROWSER, TEXT),
        ("application/json, text/plain, */*", TEXT),
        ("application/openmetrics-text, text/plain", TEXT),
        ("application/openmetrics-text;q=0.5, text/plain;q=0.6", TEXT),
        ("application/openmetrics-text;version=0.0.1", TEXT),
        ("application/openmetrics-text;q=0", TEXT),
        ("application/openmetrics-text;q=2", TEXT),
        ("image/png", TEXT),
        (",;=;q=", TEXT),
        (PROMETHEUS_2, OPENMETRICS),
        (PROMETHEUS_3, OPENMETRICS),
        ("application/openmetrics-text", OPENMETRICS),
        ('Application/OpenMetrics-Text ; Version="1.0.0" ; Q=0.9, */* ;q=0.8', OPENMETRICS),
        ("*/*;q=0.5, application/openmetrics-text;q=0.6", OPENMETRICS),
        ("text/*;q=0.1, application/*;q=0.2", OPENMETRICS),
        ("text/plain;q=0, */*", OPENMETRICS),
        ("application/json", JSON),
        ("application/json;q=0.3", JSON),
        ("text/html, application/json", JSON),
        ("application/*;q=0.4, application/json;q=0.5", JSON),
    ],
)
def test_the_form_is_the_one_that_is_liked_best(accept: str, form: MediaType) -> None:
    """The closest range decides of each form, and the first of those that are liked alike."""
    assert chosen(accept, (TEXT, OPENMETRICS, JSON)) is form


def test_a_long_header_is_read_in_no_time() -> None:
    """Nobody keeps the worker busy with an Accept header of many thousand parts."""
    assert chosen(",".join(["a/b;q=0.001;c=d"] * 5000), (TEXT, JSON)) is TEXT
