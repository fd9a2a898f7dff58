"""The few errors of the domain. Each has a stable code, a Chinese message and, where it helps, a remedy."""

from collections.abc import Mapping


class ChanjiaoError(Exception):
    """Base of all domain errors.

    `code` is stable and machine readable, `message` says what is wrong, `remedy` what to do about it, and
    `where` names the place (file, sheet, row, column, field).
    """

    code = "error"
    status = 400

    def __init__(
        self, message: str, *, remedy: str = "", where: Mapping[str, str | int] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.where = dict(where or {})

    def __str__(self) -> str:
        place = "，".join(f"{key}：{value}" for key, value in self.where.items())
        text = f"{self.message}（{place}）" if place else self.message
        return f"{text}。{self.remedy}" if self.remedy else text


class InvalidCodeError(ChanjiaoError):
    """A code is not well formed or not in the official table."""

    code = "invalid_code"
    status = 422


class UnreadableFileError(ChanjiaoError):
    """A file cannot be read as what it claims to be: wrong kind, broken encoding, missing column, empty."""

    code = "unreadable_file"
    status = 422


class InvalidInputError(ChanjiaoError):
    """A value given by a caller is outside what is allowed."""

    code = "invalid_input"
    status = 422


class NotFoundError(ChanjiaoError):
    code = "not_found"
    status = 404


class ConflictError(ChanjiaoError):
    """The state of a thing does not allow what was asked."""

    code = "conflict"
    status = 409


class NothingPublishedError(ChanjiaoError):
    """No run has been published yet, so there is nothing to serve."""

    code = "nothing_published"
    status = 503


class ProfileError(ChanjiaoError):
    """A profile of rules is missing or not valid."""

    code = "invalid_profile"
    status = 422


class DatabaseStateError(ChanjiaoError):
    """The database is missing, out of date or cannot be written."""

    code = "database_state"
    status = 503


class SettingsError(ChanjiaoError):
    """A `CHANJIAO_*` setting has a value that is not allowed."""

    code = "invalid_settings"
    status = 500


class EmbeddingUnavailableError(ChanjiaoError):
    """The embedding server gave no usable answer; whoever asked goes on without the layer and says so."""

    code = "embedding_unavailable"
    status = 503


class InsufficientStorageError(ChanjiaoError):
    """The disk takes no more of a file that arrives, or of what is unpacked from it."""

    code = "insufficient_storage"
    status = 507


class ReaderLostError(ChanjiaoError):
    """The process that read a file for another ended before it was done: killed, or out of memory."""

    code = "reader_lost"
    status = 503
