"""Cursors."""

from datetime import UTC, datetime

import pytest
from fastapi.exceptions import RequestValidationError

from api.cursors import Cursor, read_cursor, write_cursor


def test_cursor_survives_to_the_microsecond() -> None:
    cursor = Cursor(created_at=datetime(2026, 11, 22, 15, 4, 5, 123457, tzinfo=UTC), id=2**62)

    assert read_cursor(write_cursor(cursor)) == cursor


@pytest.mark.parametrize(
    "text", ["", "x", "é", "====", "MTIz", "LTEuLTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OS4x"]
)
def test_cursor_of_nobody_is_refused(text: str) -> None:
    with pytest.raises(RequestValidationError):
        read_cursor(text)
