"""Access: who may do what."""

from app.access.principal import LOCAL, ForbiddenError, Permission, Principal, current_principal, require

__all__ = ["LOCAL", "ForbiddenError", "Permission", "Principal", "current_principal", "require"]
