"""The log: lines on standard error, times in UTC."""

import sys

import structlog


def configure_log(level: str) -> None:
    """Let lines of `level` and above be written. An unexpected error comes with its calls, but not with the values of their
    variables: rows and secrets are among them.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level.upper()),
    )
