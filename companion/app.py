"""The composition root: what exists, in which order it starts, and who owns the main thread."""

import asyncio
import gc
import logging
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from companion import __version__
from companion.adapters.audit_store import AuditStore
from companion.adapters.certificates import Certificates
from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database, database_file
from companion.adapters.desktop import tray_pystray
from companion.adapters.desktop.tray import TrayIcon
from companion.adapters.device_store import DeviceStore
from companion.adapters.instance import InstanceLock
from companion.adapters.media.client import MediaWorker
from companion.adapters.obs.captions import StreamCaptions
from companion.adapters.obs.controls import StudioControls
from companion.adapters.obs.footage import Footage
from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.meters import Meters
from companion.adapters.obs.outputs import Outputs
from companion.adapters.obs.pictures import Pictures
from companion.adapters.obs.playback import Playback
from companion.adapters.obs.studio_mirror import StudioMirror
from companion.adapters.one_time_passwords import OneTimePasswords
from companion.adapters.overlay_key import OverlayKey
from companion.adapters.processor import others_percent
from companion.adapters.secrets import Secrets
from companion.adapters.settings_file import SettingsFile, find_paths, read_environment
from companion.adapters.speech.client import SpeechWorker
from companion.adapters.speech.models import ModelStore
from companion.adapters.spool import Spool
from companion.adapters.tokens import AccessTokens
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.pairing import PairingDesk
from companion.domain.paths import Paths
from companion.domain.settings import Settings
from companion.features.broadcast import Broadcast
from companion.features.captions import LiveCaptions
from companion.features.clips.actions import Clips
from companion.features.clips.past import PastClips
from companion.features.clips.pipeline import ClipPipeline
from companion.features.deck import Deck
from companion.features.devices import Devices
from companion.features.instant_replay import InstantReplay
from companion.features.lan import Lan
from companion.features.library import Library
from companion.features.macros import Macros
from companion.features.microphone import Microphones
from companion.features.models import Models
from companion.features.preferences import Preferences
from companion.features.quick import Quick
from companion.features.replay import Replay
from companion.features.screens import Screens
from companion.features.security import Security
from companion.features.sessions import Sessions
from companion.features.speech.service import Speech
from companion.features.statistics import Statistics
from companion.features.studio import Studio
from companion.features.subtitles import Subtitles
from companion.features.system import System
from companion.features.transcripts import Transcripts
from companion.features.voice import VoiceCommands
from companion.frontends.http.lan import LanServer, PhoneParts
from companion.frontends.http.openapi import document
from companion.frontends.http.server import HttpServer
from companion.kernel.actions import Action, Caller, Registry, declared
from companion.kernel.bus import Bus
from companion.kernel.logs import set_up_logging
from companion.kernel.service import Service, Supervisor
from companion.kernel.status import StatusBoard

log = logging.getLogger(__name__)

FEATURES = (
    Clips,
    PastClips,
    Library,
    Transcripts,
    Subtitles,
    Replay,
    Sessions,
    Studio,
    Broadcast,
    Screens,
    Statistics,
    InstantReplay,
    Microphones,
    Speech,
    Models,
    VoiceCommands,
    LiveCaptions,
    Macros,
    Deck,
    Quick,
    Devices,
    Lan,
    Security,
    Preferences,
    System,
)


def actions() -> list[Action]:
    """All that can be done, known without a running daemon."""
    return [item for feature in FEATURES for item in declared(feature)]


def openapi() -> dict[str, Any]:
    """The description of the HTTP API, without a running daemon."""
    return document(actions(), __version__)


def run(*, headless: bool, dotenv: bool = True) -> None:
    """Run the daemon until it is told to stop; without `dotenv` no `.env` counts.

    Raises Refused, Conflict or Failed when it cannot start.
    """
    paths = find_paths()
    environment, from_dotenv = read_environment()
    file = SettingsFile(paths.config_file, environment, from_dotenv if dotenv else {})
    loaded = file.load()
    lock = InstanceLock(paths.lock_file)
    lock.acquire()
    try:
        shutil.rmtree(paths.sounds, ignore_errors=True)  # what a crash left
        set_up_logging(loaded.settings.log_level, loaded.settings.log_format, paths.logs)
        log.info("FluxBoard Companion %s, process %d", __version__, os.getpid())
        _run_on_threads(paths, file, headless=headless)
    finally:
        lock.release()


def _run_on_threads(paths: Paths, file: SettingsFile, *, headless: bool) -> None:
    """Give the main thread to asyncio, or to the tray where the system's tray wants it."""
    stopper = _Stopper()
    stopper.catch_signals()
    if headless:
        asyncio.run(_serve(paths, file, stopper, None))
    elif tray_pystray.NEEDS_MAIN_THREAD:
        tray = tray_pystray.PystrayTray()
        tray_pystray.run_beside(tray, lambda: asyncio.run(_serve(paths, file, stopper, tray)))
    else:
        from companion.adapters.desktop.tray_sni import StatusNotifierTray

        asyncio.run(_serve(paths, file, stopper, StatusNotifierTray(os.environ)))


async def _serve(paths: Paths, file: SettingsFile, stopper: "_Stopper", icon: TrayIcon | None) -> None:
    stop = stopper.attach()
    bus = Bus()
    board = StatusBoard(bus)
    loaded = file.load()
    secrets = Secrets(paths.data, board)

    def all_actions() -> Registry:
        return registry

    preferences = Preferences(file, loaded, secrets, bus, all_actions)
    settings = preferences.current
    kept_in = database_file(loaded.settings.database_url, paths.database_file)
    first_start = not kept_in.exists()
    database = Database(kept_in, board)

    def clips_folder() -> Path:
        return settings().session_dir or paths.videos

    store = ClipStore(database, bus, clips_folder)
    link = ObsLink(bus, board, preferences.obs_credentials)
    media = MediaWorker(board, loaded.settings.ffmpeg_path)
    pipeline = ClipPipeline(store, Footage(link, bus, paths.recording_file), media, bus, board, settings)
    replay = Replay(bus, board, link, settings)
    sessions = Sessions(database, bus, board, settings)
    mirror = StudioMirror(link, bus)
    controls = StudioControls(link, mirror)
    studio = Studio(link, mirror, controls, Meters(link, bus), bus)
    screens = Screens(Pictures(link, mirror, paths.pictures), clips_folder, bus)
    statistics = Statistics(bus)
    instant_replay = InstantReplay(store, Playback(link), bus, board)

    spool, models = Spool(paths.spool), ModelStore(paths.models)
    recognition = SpeechWorker(board, models)
    transcript = TranscriptStore(database, bus)
    speech = Speech(spool, recognition, models, transcript, bus, board, settings, others_percent)
    downloads = Models(models, bus, settings, preferences.change)
    microphones = Microphones(spool, link, bus, board, settings, preferences.change, clips_folder)

    def present(caller: Caller) -> Caller:
        return lan.present(caller)

    macros = Macros(database, bus, all_actions)
    deck, quick = Deck(database, bus, settings, all_actions), Quick(bus, settings, all_actions)
    clips = Clips(database, store, pipeline, bus, settings)
    library = Library(store, bus)
    subtitles = Subtitles(store, transcript, bus, loaded.settings.ffmpeg_path)
    words = (
        PastClips(store, pipeline, transcript, settings, media, paths.sounds),
        Transcripts(database, transcript, store, bus, paths.exports),
        subtitles,
    )
    broadcast = Broadcast(Outputs(link), controls)
    shown = (studio, broadcast, screens, statistics, instant_replay, macros, deck, quick)
    voice = VoiceCommands(bus, board, settings, all_actions, transcript)
    key = OverlayKey(paths.overlay_key_file)
    captions = LiveCaptions(bus, board, settings, preferences.change, StreamCaptions(link), key, lambda: http.url())
    parts = PhoneParts(
        PairingDesk(bus),
        DeviceStore(database, bus),
        AccessTokens(secrets),
        OneTimePasswords(secrets, paths.data / "totp.step"),
        Certificates(paths.data / "lan"),
    )

    def online() -> set[int]:
        return lan.online()

    devices = Devices(parts.store, parts.desk, bus, board, settings, preferences.change, online)
    security = Security(parts.tokens, parts.passwords, AuditStore(database), bus, board)
    guarding = (devices, Lan(bus, parts.certificates, parts.passwords, settings, preferences.change), security)
    features = (
        clips,
        library,
        *words,
        replay,
        sessions,
        *shown,
        microphones,
        speech,
        downloads,
        voice,
        captions,
        *guarding,
        preferences,
        System(bus, stop),
    )
    registry = Registry(bus, features, present)
    lan = LanServer(registry, bus, board, parts, settings=settings, version=__version__)
    http = HttpServer(registry, bus, board, port=loaded.settings.http_port, paths=paths, version=__version__)
    services: list[Service] = [database, http, sessions, library, media, pipeline, replay, studio]
    services += [spool, recognition, speech, microphones, downloads, subtitles, captions, voice]
    services += [screens, statistics, security, devices, link, instant_replay, macros, lan]
    if icon:
        services += _desktop(
            registry, bus, board, settings, icon, clips_folder, http.dashboard_url, first_start=first_start
        )
    try:
        await Supervisor(services, board).run(stop, lambda: _ready(http.port))
    finally:
        store.close()


def _ready(port: int) -> None:
    log.info("ready on port %d", port)
    # What exists by now stays: each full collection would look through it again, and stop the daemon for 0.1 s.
    gc.collect()
    gc.freeze()


def _desktop(
    registry: Registry,
    bus: Bus,
    board: StatusBoard,
    settings: Callable[[], Settings],
    icon: TrayIcon,
    folder: Callable[[], Path],
    dashboard_url: Callable[[str], str],
    *,
    first_start: bool,
) -> list[Service]:
    """What shows itself on the desktop; each part says on the board when there is none."""
    from companion.adapters.desktop.files import open_path, open_url
    from companion.adapters.desktop.keys import Keyboard
    from companion.adapters.desktop.notify import open_notifier
    from companion.adapters.desktop.session import Session
    from companion.adapters.desktop.sound import SoundPlayer
    from companion.adapters.desktop.speak import Speaker
    from companion.frontends.alerts import Alerts
    from companion.frontends.hotkeys import Hotkeys
    from companion.frontends.tray import Tray

    async def open_dashboard(page: str) -> None:
        await open_url(dashboard_url(page))

    return [
        Hotkeys(registry, bus, board, settings, Keyboard(), Session.find(os.environ)),
        Alerts(bus, board, settings, open_notifier(os.environ), SoundPlayer(), Speaker()),
        Tray(registry, bus, board, settings, icon, folder, open_path, open_dashboard, first_start=first_start),
    ]


class _Stopper:
    """Turns the system's signals, which reach the main thread only, into the event that ends the daemon."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._asked = False

    def catch_signals(self) -> None:
        """Call it on the main thread."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def attach(self) -> asyncio.Event:
        """The event of the running loop."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        if self._asked:
            self._stop.set()
        return self._stop

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        if self._loop and self._stop:
            self._loop.call_soon_threadsafe(self._stop.set)
