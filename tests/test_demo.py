"""What the demo's daemon is given; `tests/real/test_demo_real.py` runs the demo itself."""

from companion.demo import without_settings
from companion.domain.settings import Settings


def test_the_demos_daemon_gets_no_setting_of_the_users_and_all_else() -> None:
    own = {name.upper(): "mine" for name in Settings.model_fields}
    assert {"SESSION_DIR", "DATABASE_URL", "LAN_MODE"} < set(own)
    assert without_settings({**own, "PATH": "/bin", "DISPLAY": ":0"}) == {"PATH": "/bin", "DISPLAY": ":0"}
