"""Files as they are → rows: encoding, delimiter, sheets and header rows are found, never asked for."""

from app.ingest.reading.delimited import DELIMITERS
from app.ingest.reading.encoding import find_encoding
from app.ingest.reading.header import HEADER_SEARCH
from app.ingest.reading.opening import open_table
from app.ingest.reading.rows import Fits, Recognised, Row, Table

__all__ = [
    "DELIMITERS",
    "HEADER_SEARCH",
    "Fits",
    "Recognised",
    "Row",
    "Table",
    "find_encoding",
    "open_table",
]
