"""Files that do not arrive whole from the browser, and what is said of them."""

from nicegui import ui

from app.errors import ChanjiaoError, InvalidInputError


def not_arrived(upload: ui.upload) -> None:
    """Say that an upload broke off, and let another be chosen."""
    ui.notify("文件没有传完：请检查网络与文件大小后再选一次", type="negative", timeout=10_000)
    upload.reset()


def not_kept(error: OSError) -> ChanjiaoError:
    """What to say where the disk takes no more of an upload."""
    told = f"服务器的磁盘放不下这个文件（{error.strerror}），没有保存任何内容"
    return InvalidInputError(told, remedy="请管理员清理临时目录所在的磁盘后重新提交")
