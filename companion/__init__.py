"""FluxBoard Companion: exact, proved clips from OBS, from the tray of a streamer's PC."""

__version__ = "0.1.0"
