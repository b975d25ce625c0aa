"""How the model of OBS refuses a request, and reads one's fields."""

from typing import Any

MISSING_FIELD, WRONG_FIELD_TYPE = 300, 401
OUTPUT_NOT_RUNNING, NOT_FOUND = 501, 600


class RequestRefused(Exception):
    """A request's status: the protocol's code and a comment."""

    def __init__(self, code: int, comment: str = "") -> None:
        super().__init__(comment)
        self.code = code
        self.comment = comment


def text(data: dict[str, Any], field: str) -> str:
    """A field that must be there and text."""
    if field not in data:
        raise RequestRefused(MISSING_FIELD, f"Your request is missing the `{field}` field.")
    value = data[field]
    if not isinstance(value, str):
        raise RequestRefused(WRONG_FIELD_TYPE, f"The field value of `{field}` must be a string.")
    return value
