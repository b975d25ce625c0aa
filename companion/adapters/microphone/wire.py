"""How the microphone's child talks: frames of a kind, a length and a content, one after another.

Kind `J` is JSON: `{"devices"}`, `{"opened"}` or `{"error"}`. Kind `S` is a block of sound: its position, when it began
(Unix seconds), its peak in decibels, and 16 kHz mono int16 samples.
"""

import struct

HEAD = struct.Struct("<cI")
SOUND = struct.Struct("<Qdf")
JSON_FRAME, SOUND_FRAME = b"J", b"S"

MISSING = "microphone_missing"
BUSY = "microphone_busy"
FORBIDDEN = "microphone_forbidden"
NO_PORTAUDIO = "portaudio_missing"
FAILED = "microphone_failed"
"""The error codes that the child tells."""
