"""What a file says of its colours, as far as it can be true."""

from typing import Any

IDENTITY, UNSPECIFIED = 0, 2
SUBSAMPLED = ("yuv420", "yuv422", "yuvj420", "yuvj422")


def matrix(context: Any) -> int:
    """The colour matrix of a PyAV codec context.

    FLV says identity (which is for RGB alone) where it means unspecified; encoders refuse that.
    """
    unset = context.colorspace == IDENTITY and str(context.pix_fmt).startswith(SUBSAMPLED)
    return UNSPECIFIED if unset else int(context.colorspace)
