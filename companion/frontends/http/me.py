"""What a caller is told of itself."""

from typing import Any

from companion.adapters.network import host_name
from companion.kernel.actions import Caller


def about(caller: Caller, version: str) -> dict[str, Any]:
    """Who asks, what it may do, and where it is: `installation` is the PC's name."""
    return {
        "name": caller.name,
        "scope": caller.scope.name.lower(),
        "device": caller.device,
        "door": caller.door,
        "version": version,
        "installation": host_name(),
    }
