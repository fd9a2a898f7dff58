"""The worker: pulls sources when their time has come, until it is told to stop."""

import signal
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]

from app.ingest.pull.crontab import cron_fields
from app.ingest.pull.outcome import Outcome
from app.ingest.pull.source import Source
from app.ingest.pull.sources_file import Sources

log = structlog.get_logger("chanjiao.worker")
AT_ONCE = 4
"""Sources pulled at the same time."""
GRACE = 3600
"""Seconds by which a pull may be late, the machine having slept, and still be made."""
_LOOK = 0.2


class Worker:
    """Runs `pull` for each scheduled source: one pull of a source at a time, several missed ones as one.

    `last`: when a source was last pulled, so that `every` counts on from there and not from the start of the worker;
    else one that is restarted daily would never come to a source that is due every two days.
    """

    def __init__(
        self,
        sources: Sources,
        pull: Callable[[Source], list[Outcome]],
        stop: threading.Event,
        last: Mapping[str, datetime],
    ) -> None:
        self._pull = pull
        self._stop = stop
        self._asked = False
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(AT_ONCE)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": GRACE},
            timezone=sources.timezone,
        )
        for source in sources.entries.values():
            if source.enabled and (source.schedule or source.every):
                self._add(source, sources.timezone, last.get(source.name))

    @property
    def due(self) -> dict[str, datetime]:
        """When each scheduled source comes next."""
        now = datetime.now(UTC)
        return {
            job.id: getattr(job, "next_run_time", None) or job.trigger.get_next_fire_time(None, now)
            for job in self._scheduler.get_jobs()
        }

    def run(self) -> None:
        """Work until SIGTERM or SIGINT. Pulls under way stop at the next page, which is kept for the next time."""
        before = {number: signal.signal(number, self._ask) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._scheduler.start()
            # A handler must not touch locks that the interrupted thread may hold, so it only leaves word here.
            while not self._asked:
                time.sleep(_LOOK)
        finally:
            self._stop.set()
            self._scheduler.shutdown(wait=True)
            for number, handler in before.items():
                signal.signal(number, handler)
        log.info("worker_stopped")

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def _add(self, source: Source, timezone: str, last: datetime | None) -> None:
        if source.schedule:
            trigger = CronTrigger(**cron_fields(source.schedule), timezone=timezone)
            self._scheduler.add_job(self._work, trigger, args=[source], id=source.name)
            return
        assert source.every is not None
        now = datetime.now(UTC)
        due = max(now, last + timedelta(seconds=source.every)) if last else now
        self._scheduler.add_job(
            self._work,
            IntervalTrigger(seconds=source.every, start_date=due, timezone=timezone),
            args=[source],
            id=source.name,
            next_run_time=due,
        )

    def _work(self, source: Source) -> None:
        for outcome in self._pull(source):
            told = {
                "source": outcome.source,
                "state": outcome.state,
                "rows": outcome.rows,
                "item": outcome.item,
            }
            if outcome.failed:
                log.error("pull", **told, code=outcome.error_code, error=outcome.error)
            else:
                log.info("pull", **told, batch=outcome.batch, warnings=outcome.warnings)
