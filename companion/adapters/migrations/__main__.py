"""Bring one SQLite file to the newest revision, in one transaction; the daemon runs this as a child process."""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config


def main(file: Path) -> None:
    """Upgrade `file`; any failure leaves it as it was and raises."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["file"] = file
    command.upgrade(config, "head")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
