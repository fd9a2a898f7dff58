"""Why a pull failed."""

from collections.abc import Mapping

from app.errors import ChanjiaoError


class SourcesError(ChanjiaoError):
    """sources.toml is missing, cannot be read, or says what is not allowed."""

    code = "invalid_sources"
    status = 500


class PullError(ChanjiaoError):
    """A source could not be fetched. `code` says how it failed; nothing was stored.

    `keeps`: what was fetched so far is good, and the next attempt can go on from there.
    """

    code = "pull_failed"
    status = 502

    def __init__(
        self,
        message: str,
        *,
        code: str = "pull_failed",
        remedy: str = "",
        where: Mapping[str, str | int] | None = None,
        keeps: bool = False,
    ) -> None:
        super().__init__(message, remedy=remedy, where=where)
        self.code = code
        self.keeps = keeps


class PassingError(PullError):
    """A failure that may be over when asked again; `wait` is what the server asked for, in seconds."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        remedy: str = "",
        wait: float = 0.0,
        where: Mapping[str, str | int] | None = None,
    ) -> None:
        super().__init__(message, code=code, remedy=remedy, where=where, keeps=True)
        self.wait = wait


class ChangedError(PullError):
    """The source changed while it was being read: what was fetched does not belong together."""

    def __init__(self, message: str, *, code: str = "source_changed", remedy: str = "") -> None:
        super().__init__(message, code=code, remedy=remedy)


class StoppedError(PullError):
    """The one who runs the pull asked it to stop."""

    def __init__(self) -> None:
        super().__init__(
            "拉取被中止", code="interrupted", remedy="已取到的部分会保留，再拉取时接着进行", keeps=True
        )
