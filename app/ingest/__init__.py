"""Ingest: files and posted rows become batches of records; what cannot is kept in the quarantine with a reason."""

from app.ingest.batch import accept_rows, ingest_file
from app.ingest.intake import BatchReport
from app.ingest.kinds import KINDS

__all__ = ["KINDS", "BatchReport", "accept_rows", "ingest_file"]
