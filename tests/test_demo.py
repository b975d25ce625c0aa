"""How the demo begins; `tests/real/test_demo_real.py` runs all of it."""

from pathlib import Path

import pytest

from companion.demo import Demo, without_settings
from companion.domain.settings import Settings
from companion.kernel.errors import Failed


def test_the_demos_daemon_gets_no_setting_of_the_users_and_all_else() -> None:
    own = {name.upper(): "mine" for name in Settings.model_fields}
    assert {"SESSION_DIR", "DATABASE_URL", "LAN_MODE"} < set(own)
    assert without_settings({**own, "PATH": "/bin", "DISPLAY": ":0"}) == {"PATH": "/bin", "DISPLAY": ":0"}


async def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Failed) as caught:
        await Demo(tmp_path / "file" / "demo", lambda line: None).run(stay=False, show=lambda made: None)
    assert caught.value.code == "not_writable"
