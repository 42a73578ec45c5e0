"""Numbers of a process's life: above all of earlier lives, whatever became of the clock or of the file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.node.home import LIFE_FILE
from comity.node.life import BEHIND, begin_life

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
MS = int(AT.timestamp() * 1000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / LIFE_FILE


def test_a_life_begins_at_the_clock(file: Path) -> None:
    assert begin_life(file, AT) == MS
    assert begin_life(file, AT + timedelta(seconds=1)) == MS + 1000


def test_a_clock_that_was_ahead_leaves_no_number_to_be_given_twice(file: Path) -> None:
    ahead = begin_life(file, AT + timedelta(hours=1))
    behind = begin_life(file, AT)
    assert behind == ahead + BEHIND
    assert begin_life(file, AT) == behind + BEHIND


def test_a_lost_file_leaves_the_clock(file: Path) -> None:
    begin_life(file, AT)
    file.unlink()
    assert begin_life(file, AT + timedelta(minutes=1)) == MS + 60_000


def test_an_odd_file_is_named(file: Path) -> None:
    file.write_text("soon", "ascii")
    file.chmod(0o600)
    with pytest.raises(ConfigurationError) as refused:
        begin_life(file, AT)
    assert (refused.value.code, refused.value.field) == (ErrorCode.CONFIG_ODD_VALUE, str(file))
