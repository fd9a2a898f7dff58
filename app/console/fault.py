"""Faults of the console itself 故障: recorded under a number that a person can tell, with nothing of the inside shown."""

import structlog
from nicegui import ui

from app.models import new_id

log = structlog.get_logger("chanjiao.console")


def recorded(error: Exception, path: str) -> str:
    """Record what went wrong on the page at `path`; what to tell the person."""
    occurrence = new_id()
    log.error("unexpected error", id=occurrence, path=path, exc_info=error)
    return f"服务内部出错，已记入日志。请把编号 {occurrence} 告诉管理员。"


def say_fault(error: Exception) -> None:
    """Tell, in the page that is open, of what went wrong in it."""
    told = recorded(error, ui.context.client.page.path)
    ui.notify(told, type="negative", timeout=0, close_button="知道了")
