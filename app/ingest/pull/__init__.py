"""Pull connectors 拉取: sources that are configured once and fetched again and again, each time as a batch."""

from app.ingest.pull.fault import PullError, SourcesError
from app.ingest.pull.outcome import Outcome
from app.ingest.pull.pull import Puller
from app.ingest.pull.schedule import Worker
from app.ingest.pull.source import Source
from app.ingest.pull.sources_file import Sources, read_sources

__all__ = ["Outcome", "PullError", "Puller", "Source", "Sources", "SourcesError", "Worker", "read_sources"]
