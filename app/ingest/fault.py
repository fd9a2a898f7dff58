"""Why a row cannot become a record."""


class RowFault(Exception):  # noqa: N818 (a fault of the row, not of the program)
    """Raised while a row is read; ends the row in the quarantine, never the file.

    `column` is filled in by the reader of the column where the fault does not name one.
    """

    def __init__(self, code: str, reason: str, remedy: str = "", column: str = "", value: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.remedy = remedy
        self.column = column
        self.value = value
