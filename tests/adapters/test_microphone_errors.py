"""What PortAudio's errors mean for the streamer: its own class and numbers, as ALSA and Windows give them."""

import pytest
import sounddevice

from companion.adapters.microphone import wire
from companion.adapters.microphone.client import _error
from companion.adapters.microphone.worker import error_of

HOST = "Error opening RawInputStream: Unanticipated host error"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("Error opening RawInputStream: Device unavailable", -9985), wire.BUSY),
        (("Error opening RawInputStream: Invalid device", -9996), wire.MISSING),
        ((HOST, -9999, (0, -16, "Device or resource busy")), wire.BUSY),
        ((HOST, -9999, (0, -13, "Permission denied")), wire.FORBIDDEN),
        ((HOST, -9999, (0, -2, "No such file or directory")), wire.MISSING),
        ((HOST, -9999, (0, -5, "Input/output error")), wire.FAILED),
        ((HOST, -9999, (13, 0x8889000A - 2**32, "AUDCLNT_E_DEVICE_IN_USE")), wire.BUSY),
        ((HOST, -9999, (13, 0x80070005 - 2**32, "E_ACCESSDENIED")), wire.FORBIDDEN),
        ((HOST, -9999, (13, 0x88890004 - 2**32, "AUDCLNT_E_DEVICE_INVALIDATED")), wire.MISSING),
        (("Error starting stream: Internal PortAudio error", -9986), wire.FAILED),
        (("nothing more is known",), wire.FAILED),
    ],
)
def test_each_has_its_code_a_sentence_and_a_remedy(arguments: tuple[object, ...], code: str) -> None:
    told = error_of(sounddevice.PortAudioError(*arguments))
    assert told["error"] == code
    error = _error(told["error"], told["detail"])
    assert (error.code, error.status) == (code, 502 if code == wire.FAILED else 503)
    assert error.message.endswith(".")
    assert error.remedy.endswith((".", "`"))
