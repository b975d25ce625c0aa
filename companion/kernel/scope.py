"""How much somebody may see and do."""

import enum


class Scope(enum.IntEnum):
    """What a caller may do; each scope includes the lower ones."""

    VIEW = 1
    CONTROL = 2
    ADMIN = 3
