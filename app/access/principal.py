"""Who is asking: the principal of a request and what it may do.

This is the seam at which API keys, roles and tenancy join. Until then everybody who reaches the service is
the local principal, which may do everything; so the service listens on the loopback address by default.
Handlers already name the permission they need, so that adding keys changes this folder only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends

from app.errors import ChanjiaoError


class Permission(StrEnum):
    """What a request needs: reading the publication differs from reading records behind it, and from each way to write."""

    READ_PUBLICATION = "publication:read"
    READ_RECORDS = "records:read"
    POST_DEMAND = "postings:write"
    MATCH = "match:use"
    GIVE_FEEDBACK = "feedback:write"
    RUN_SCENARIOS = "scenarios:write"
    REVIEW = "reviews:write"
    MANAGE_BATCHES = "batches:write"
    READ_REGISTERS = "registers:read"
    POST_BULLETINS = "bulletins:write"
    REQUEST_TRAINING = "training:request"
    ANSWER_TRAINING = "training:answer"
    PROPOSE_CLASSES = "order-classes:propose"
    MOVE_CLASSES = "order-classes:write"


@dataclass(frozen=True, slots=True)
class Principal:
    """The one who asks: a stable id for the log, a name to show, and the permissions granted."""

    id: str
    name: str
    permissions: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


LOCAL = Principal(id="local", name="本机用户", permissions=frozenset(Permission))


class ForbiddenError(ChanjiaoError):
    """The principal may not do what was asked."""

    code = "forbidden"
    status = 403


def current_principal() -> Principal:
    """The principal of this request: always the local one, until keys are issued."""
    return LOCAL


def require(permission: Permission) -> Callable[[Principal], Principal]:
    """A dependency that yields a principal with `permission` and raises ForbiddenError for any other."""

    def permitted(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
        if not principal.may(permission):
            raise ForbiddenError(
                f"{principal.name} 没有权限：{permission.value}", remedy="请向管理员申请这项权限"
            )
        return principal

    return permitted
