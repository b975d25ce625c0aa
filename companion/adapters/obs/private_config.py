"""The files that a private OBS reads before its first start: program, profile and scene collection."""

import configparser
import dataclasses
import io
import json
from pathlib import Path
from typing import Any

NAME = "Companion"
"""The name of the private profile and scene collection."""
SCENE = "Scene"
PICTURE = "Test picture"


@dataclasses.dataclass(frozen=True)
class PrivateSettings:
    """How a private OBS is set up.

    `keyframe_seconds` None leaves the distance to x264 (250 frames). `record_format` is mkv, mp4, fragmented_mp4, mov,
    flv or ts. `record_quality` is Stream, Small or HQ (in simple mode); OBS limits the replay buffer to
    `replay_limit_mb` unless it is the stream's. `advanced` uses OBS's advanced output mode instead of the simple one.
    `picture` is a clip to loop; None leaves the scene empty.
    """

    picture: Path | None
    size: tuple[int, int] = (640, 360)
    fps: int = 30
    replay_enabled: bool = True
    replay_seconds: int = 60
    replay_limit_mb: int = 512
    keyframe_seconds: int | None = 2
    record_quality: str = "Stream"
    bitrate_kbps: int = 2500
    record_format: str = "mkv"
    advanced: bool = False


def write_config(root: Path, recordings: Path, settings: PrivateSettings, port: int, password: str) -> None:
    """Write all files below `root` (OBS's own configuration folder); replaces what is there."""
    profile = root / "basic" / "profiles" / NAME
    for folder in (profile, root / "basic" / "scenes", root / "plugin_config" / "obs-websocket", recordings):
        folder.mkdir(parents=True, exist_ok=True)
    write_access(root, port, password)
    (profile / "basic.ini").write_text(_ini(_profile(settings, recordings)), encoding="utf-8")
    (root / "basic" / "scenes" / f"{NAME}.json").write_text(json.dumps(_scenes(settings)), encoding="utf-8")
    if settings.advanced:
        encoder: dict[str, Any] = {"bitrate": settings.bitrate_kbps, "rate_control": "CBR", "preset": "veryfast"}
        if settings.keyframe_seconds is not None:
            encoder["keyint_sec"] = settings.keyframe_seconds
        (profile / "streamEncoder.json").write_text(json.dumps(encoder), encoding="utf-8")


def write_access(root: Path, port: int, password: str) -> None:
    """Write OBS's program settings and the WebSocket server's; newer versions of OBS read the second place of each."""
    program = {
        "General": {"FirstRun": "true", "Language": "en-US", "EnableAutoUpdates": "false", "LastVersion": "486539266"},
        "Basic": {
            "Profile": NAME,
            "ProfileDir": NAME,
            "SceneCollection": NAME,
            "SceneCollectionFile": NAME,
            "ConfigOnNewProfile": "false",
        },
        "BasicWindow": {"PreviewEnabled": "false"},
        "OBSWebSocket": {
            "FirstLoad": "false",
            "ServerEnabled": "true",
            "ServerPort": str(port),
            "AlertsEnabled": "false",
            "AuthRequired": "true",
            "ServerPassword": password,
        },
    }
    for name in ("global.ini", "user.ini"):
        (root / name).write_text(_ini(program), encoding="utf-8")
    server = {
        "alerts_enabled": False,
        "auth_required": True,
        "first_load": False,
        "server_enabled": True,
        "server_password": password,
        "server_port": port,
    }
    (root / "plugin_config" / "obs-websocket" / "config.json").write_text(json.dumps(server), encoding="utf-8")


def _profile(settings: PrivateSettings, recordings: Path) -> dict[str, dict[str, str]]:
    width, height = (str(side) for side in settings.size)
    shared = {"RecRB": str(settings.replay_enabled).lower(), "RecRBTime": str(settings.replay_seconds)}
    shared["RecRBSize"] = str(settings.replay_limit_mb)
    shared |= {"RecFormat": settings.record_format, "RecFormat2": settings.record_format}
    muxer = ""
    if settings.record_format == "fragmented_mp4":  # versions before 29.1 only know it as an option of mp4
        shared["RecFormat"] = "mp4"
        muxer = "movflags=frag_keyframe+empty_moov+delay_moov"
    simple = {
        "FilePath": str(recordings),
        "MuxerCustom": muxer,
        "RecQuality": settings.record_quality,
        "RecEncoder": "x264",
        "StreamEncoder": "x264",
        "VBitrate": str(settings.bitrate_kbps),
        "Preset": "veryfast",
        **shared,
    }
    if settings.keyframe_seconds is not None:
        simple |= {"UseAdvanced": "true", "x264Settings": f"keyint={settings.keyframe_seconds * settings.fps}"}
    advanced = {
        "RecType": "Standard",
        "RecFilePath": str(recordings),
        "RecMuxerCustom": muxer,
        "RecEncoder": "none",
        "Encoder": "obs_x264",
        "RecTracks": "3",
        "Track1Name": "Mix",
        "Track2Name": "Desktop",
        **shared,
    }
    return {
        "General": {"Name": NAME},
        "Output": {"Mode": "Advanced" if settings.advanced else "Simple"},
        "SimpleOutput": simple,
        "AdvOut": advanced,
        "Video": {
            "BaseCX": width,
            "BaseCY": height,
            "OutputCX": width,
            "OutputCY": height,
            "FPSType": "0",
            "FPSCommon": str(settings.fps),
        },
        "Audio": {"SampleRate": "48000", "ChannelSetup": "Stereo"},
    }


def _scenes(settings: PrivateSettings) -> dict[str, Any]:
    width, height = settings.size
    item = {
        "name": PICTURE,
        "id": 1,
        "visible": True,
        "locked": False,
        "pos": {"x": 0.0, "y": 0.0},
        "align": 5,
        "bounds_type": 2,
        "bounds_align": 0,
        "bounds": {"x": float(width), "y": float(height)},
        "scale": {"x": 1.0, "y": 1.0},
        # Where the processor draws, these two save half of the drawing; nothing here is blended or needs smoothing.
        "scale_filter": "point",
        "blend_method": "srgb_off",
    }
    scene = {"id": "scene", "name": SCENE, "settings": {"id_counter": 1, "items": [item] if settings.picture else []}}
    desktop = {"id": "pulse_output_capture", "name": "Desktop Audio", "settings": {"device_id": "default"}, "mixers": 3}
    picture = {
        "id": "ffmpeg_source",
        "name": PICTURE,
        "mixers": 1,
        "settings": {
            "is_local_file": True,
            "local_file": str(settings.picture),
            "looping": True,
            "restart_on_activate": False,
            "clear_on_media_end": False,
        },
    }
    return {
        "name": NAME,
        "current_scene": SCENE,
        "current_program_scene": SCENE,
        "scene_order": [{"name": SCENE}],
        "DesktopAudioDevice1": desktop,
        "sources": [scene, picture] if settings.picture else [scene],
    }


def _ini(sections: dict[str, dict[str, str]]) -> str:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # OBS's names are case-sensitive
    parser.read_dict(sections)
    text = io.StringIO()
    parser.write(text, space_around_delimiters=False)
    return text.getvalue()
