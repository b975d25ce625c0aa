"""Closed captions in OBS's stream: CEA-608, which viewers switch on in their player."""

from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.protocol import ObsRequestFailed
from companion.kernel.errors import Failed, Unavailable

NOT_RUNNING = 501
ANSWER_SECONDS = 2.0


class StreamCaptions:
    """Sends captions with the stream at the other end of `link`."""

    def __init__(self, link: ObsLink) -> None:
        self._link = link

    async def send(self, text: str) -> None:
        """Show `text` from now on, nothing if it is empty; raises Failed `captions_not_sent`.

        Without OBS, or without a stream, there is nobody to show it to, and nothing is done.
        """
        try:
            await self._link.request("SendStreamCaption", {"captionText": text}, timeout_seconds=ANSWER_SECONDS)
        except Unavailable:
            return
        except ObsRequestFailed as error:
            if error.obs_code != NOT_RUNNING:
                raise Failed(
                    "captions_not_sent",
                    f"OBS did not take closed captions: {error.comment or error.obs_code}.",
                    "Captions on the page for OBS's browser source go on; look at OBS's log.",
                ) from error
