"""How another host asks to be left alone for a while."""

from __future__ import annotations

import math
import re
import time
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)


def asked_pause_s(retry_after: str) -> float:
    """Read ``Retry-After`` (RFC 9110, 10.2.3), seconds or a date; 0 for anything else."""
    if _SECONDS.fullmatch(retry_after):
        return float(retry_after)
    try:
        return max(0.0, math.ceil(parsedate_to_datetime(retry_after).timestamp() - time.time()))
    except (ValueError, OverflowError):
        return 0.0
