"""Secrets: a real keyring, an encrypted file where there is none, and a keyring that does not answer."""

import os
import stat
import sys
from pathlib import Path

import pytest

from companion.adapters.secrets import SecretName, Secrets, write_private
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard

pytestmark = pytest.mark.slow  # the keyring is asked by a process of its own, each time

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def no_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


async def test_without_a_keyring_an_encrypted_file_is_used_and_announced(tmp_path: Path) -> None:
    board = StatusBoard(Bus())
    secrets = Secrets(tmp_path, board)
    await secrets.store(SecretName.OBS_PASSWORD, PASSWORD)
    assert await Secrets(tmp_path, board).get(SecretName.OBS_PASSWORD) == PASSWORD
    component = board.get("secrets")
    assert component is not None
    assert component.state == "file"
    assert "encrypted file" in component.detail
    for file in tmp_path.iterdir():
        assert PASSWORD.encode() not in file.read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_secret_can_be_forgotten(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, StatusBoard(Bus()))
    await secrets.store(SecretName.OBS_PASSWORD, PASSWORD)
    await secrets.store(SecretName.OBS_PASSWORD, None)
    assert await Secrets(tmp_path, StatusBoard(Bus())).get(SecretName.OBS_PASSWORD) is None


async def test_nothing_stored_means_no_question_to_the_keyring(tmp_path: Path) -> None:
    board = StatusBoard(Bus())
    assert await Secrets(tmp_path, board).get(SecretName.OBS_PASSWORD) is None
    assert board.all() == []


async def test_a_damaged_file_is_no_secret_and_can_be_replaced(tmp_path: Path) -> None:
    board = StatusBoard(Bus())
    await Secrets(tmp_path, board).store(SecretName.OBS_PASSWORD, PASSWORD)
    (tmp_path / "secrets.bin").write_bytes(b"garbage")
    assert await Secrets(tmp_path, board).get(SecretName.OBS_PASSWORD) is None
    await Secrets(tmp_path, board).store(SecretName.OBS_PASSWORD, "another")
    assert await Secrets(tmp_path, board).get(SecretName.OBS_PASSWORD) == "another"


async def test_where_it_is_unknown_what_there_is_all_is_asked_for_until_the_streamer_says(tmp_path: Path) -> None:
    board = StatusBoard(Bus())
    await Secrets(tmp_path, board).store(SecretName.SIGNING, PASSWORD)
    for content in (b"", b'["to', b"{}", b"7", b"\xff\xfe", b"[[]]"):
        (tmp_path / "secrets.json").write_bytes(content)
        secrets = Secrets(tmp_path, board)
        assert all(secrets.has(name) for name in SecretName), content
    assert await secrets.get(SecretName.SIGNING) == PASSWORD
    await secrets.store(SecretName.OBS_PASSWORD, PASSWORD)
    assert Secrets(tmp_path, board).has(SecretName.TOTP), "another secret tells nothing of this one"
    component = board.get("secrets")
    assert component is not None
    assert (component.state, component.health) == ("damaged", "failed")
    assert "companion totp remove" in component.remedy
    await secrets.store(SecretName.TOTP, None)
    again = Secrets(tmp_path, board)
    assert not again.has(SecretName.TOTP)
    assert await again.get(SecretName.OBS_PASSWORD) == PASSWORD
    component = board.get("secrets")
    assert component is not None
    assert component.state == "file"


async def test_a_keyring_is_used_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A keyring of the test's own: a real back end of the keyring library, kept in a file beside the test.
    (tmp_path / "testring.py").write_text(
        "import json, os\nfrom pathlib import Path\nfrom keyring.backend import KeyringBackend\n"
        "class Ring(KeyringBackend):\n"
        "    priority = 9\n"
        "    name = 'Test ring'\n"
        "    file = Path(os.environ['TEST_RING'])\n"
        "    def _all(self): return json.loads(self.file.read_text()) if self.file.exists() else {}\n"
        "    def get_password(self, s, u): return self._all().get(s + u)\n"
        "    def set_password(self, s, u, p): self.file.write_text(json.dumps({**self._all(), s + u: p}))\n"
    )
    monkeypatch.setenv("TEST_RING", str(tmp_path / "ring.json"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    board = StatusBoard(Bus())
    folder = tmp_path / "data"
    folder.mkdir()
    await Secrets(folder, board).store(SecretName.OBS_PASSWORD, "from a time without a keyring")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "testring.Ring")
    assert await Secrets(folder, board).get(SecretName.OBS_PASSWORD) == "from a time without a keyring"
    await Secrets(folder, board).store(SecretName.OBS_PASSWORD, PASSWORD)
    assert PASSWORD in (tmp_path / "ring.json").read_text()
    assert await Secrets(folder, board).get(SecretName.OBS_PASSWORD) == PASSWORD
    component = board.get("secrets")
    assert component is not None
    assert component.state == "keyring"
    (tmp_path / "ring.json").unlink()
    assert await Secrets(folder, board).get(SecretName.OBS_PASSWORD) is None, "the file's old copy is gone"


async def test_a_keyring_that_breaks_is_a_state_and_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = StatusBoard(Bus())
    await Secrets(tmp_path, board).store(SecretName.OBS_PASSWORD, PASSWORD)
    (tmp_path / "broken.py").write_text(
        "import os\nfrom keyring.backend import KeyringBackend\n"
        "class Ring(KeyringBackend):\n"
        "    priority = 9\n"
        "    def get_password(self, s, u): open(os.environ['ASKED'], 'a').write('x'); raise ValueError('broken')\n"
        "    def set_password(self, s, u, p): raise ValueError('broken')\n"
    )
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "broken.Ring")
    secrets = Secrets(tmp_path, board)
    assert [await secrets.get(SecretName.OBS_PASSWORD) for _ in range(2)] == [None, None]
    assert (tmp_path / "asked").read_text() == "x"
    component = board.get("secrets")
    assert component is not None
    assert component.state == "failed"


def test_private_files_are_whole_and_replace_what_was(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"old")
    write_private(file, b"new")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
