"""Warnings of a run: what was left out or assumed, and which records it concerns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Warning:
    code: str
    text: str
    records: tuple[str, ...] = ()
    """Batch ids, or codes of schools, programs or postings."""
