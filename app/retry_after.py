"""`Retry-After` (RFC 9110, section 10.2.3): how long a server asks to be left alone."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after(value: str | None) -> float:
    """Seconds that `Retry-After` asks for, given as such or as a date; 0 where it says nothing that can be read."""
    if not value:
        return 0.0
    if value.strip().isdecimal():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max((aware - datetime.now(UTC)).total_seconds(), 0.0)
