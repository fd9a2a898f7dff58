"""How much of anything a file may hold; more is refused before it costs memory or time."""

MAX_FIELD = 5_000_000
"""Characters of one cell."""
MAX_LINE = 10_000_000
"""Characters of one line of text, or of one JSON record."""
MAX_JSON = 64_000_000
"""Characters of a JSON document that is one object and has to be read whole; lists are read as a stream."""
MOST_NESTED = 100
"""Levels of nesting in a JSON record."""
MOST_COLUMNS = 16_384
"""Columns of a table: what a worksheet can have."""
MOST_CELLS = 20_000_000
"""Cells of all sheets of a workbook, empty ones between filled ones included: each takes 32 bytes once opened."""
MOST_MARKUP = 3_000_000
"""Tags, texts and blank cells of a web page or XML spreadsheet, which is read whole: half a million cells or so."""
MOST_MEMBERS = 1_000
"""Files in an archive (a workbook, too, is one)."""
MOST_UNPACKED = 2 << 30
"""Bytes of all members of an archive, unpacked."""
MOST_RATIO = 200
"""How many times its packed size a member larger than `RATIO_FROM` may have: tables reach 20 to 60."""
RATIO_FROM = 16 << 20
"""Bytes up to which a member may be packed as tightly as it likes."""
