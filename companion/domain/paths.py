"""Where the companion keeps its things; pure: nothing is created here."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import platformdirs

APP = "FluxBoard Companion"


@dataclasses.dataclass(frozen=True)
class Paths:
    """The folders of one installation: settings, lasting data, run-time state, logs."""

    config: Path
    data: Path
    state: Path
    logs: Path
    videos: Path

    @classmethod
    def find(cls, environment: Mapping[str, str]) -> "Paths":
        """The platform's folders, or those below COMPANION_HOME when it is set."""
        if home := environment.get("COMPANION_HOME"):
            base = Path(home).expanduser().absolute()
            return cls(base / "config", base / "data", base / "state", base / "logs", base / "clips")
        dirs = platformdirs.PlatformDirs(APP.replace(" ", ""), appauthor=False)
        return cls(
            config=Path(dirs.user_config_dir),
            data=Path(dirs.user_data_dir),
            state=Path(dirs.user_state_dir),
            logs=Path(dirs.user_log_dir),
            videos=Path(platformdirs.user_videos_dir()) / "FluxBoard",
        )

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def database_file(self) -> Path:
        return self.data / "companion.db"

    @property
    def models(self) -> Path:
        """Where speech models lie, a folder each."""
        return self.data / "models"

    @property
    def token_file(self) -> Path:
        """The loopback API's token; only the user's account can read it."""
        return self.state / "token"

    @property
    def overlay_key_file(self) -> Path:
        """The key to the captions' page for OBS; only the user's account can read it."""
        return self.state / "overlay.key"

    @property
    def daemon_file(self) -> Path:
        """Where a client finds the running daemon: `{"pid", "port"}`."""
        return self.state / "daemon.json"

    @property
    def pictures(self) -> Path:
        """Where live pictures of OBS lie while somebody watches."""
        return self.state / "pictures"

    @property
    def exports(self) -> Path:
        """Where transcripts lie that were written to files, for those who fetch them."""
        return self.state / "transcripts"

    @property
    def sounds(self) -> Path:
        """Where the sound of what was said lies while it is sent to who listens to it."""
        return self.state / "sounds"

    @property
    def recording_file(self) -> Path:
        """What is known of the recording that OBS is writing, for after a restart."""
        return self.state / "recording.json"

    @property
    def spool(self) -> Path:
        """Sound that waits to be recognized; only the user's account can read it."""
        return self.state / "sound"

    @property
    def lock_file(self) -> Path:
        return self.state / "daemon.lock"
