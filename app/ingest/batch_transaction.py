"""All or nothing: what a batch writes is stored whole, or the database stays as it was and a clear error says why."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.orm import Session

from app.errors import DatabaseStateError


@contextmanager
def whole(session: Session) -> Iterator[None]:
    """Roll back whatever goes wrong inside. The block commits by itself when it is done.

    Raises DatabaseStateError where the database cannot be written: full, read-only, locked or gone.
    """
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as error:
        _taken_back(session)
        raise DatabaseStateError(
            f"数据库写入失败：{_first_line(error)}",
            remedy="没有保存任何内容；请检查磁盘空间、写权限与数据库连接后重试",
        ) from error
    except BaseException:
        _taken_back(session)
        raise


def _taken_back(session: Session) -> None:
    try:
        session.rollback()
    except DBAPIError:
        # The connection is gone, and with it the transaction.
        session.invalidate()


def _first_line(error: DBAPIError) -> str:
    return next((line.strip() for line in str(error.orig).splitlines() if line.strip()), "连接中断")
