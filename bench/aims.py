"""Whether a figure meets its aim, in words that the tables share."""


def judged(text: str, met: bool) -> str:
    """`text`, marked where the aim was missed."""
    return text if met else f"{text} (missed)"
