"""The words the tiny model knows and the sentences it is taught and measured with."""

import random

WORDS = (
    "clip", "that", "save", "the", "replay", "last", "ten", "thirty", "forty", "five", "sixty", "seconds", "minute",
    "minutes", "one", "two", "three", "four", "to", "for", "switch", "scene", "gameplay", "camera", "start", "stop",
    "recording", "streaming", "mute", "unmute", "microphone", "mark", "this", "moment", "highlight", "be", "right",
    "back", "nice", "shot", "insane", "what", "a", "play", "no", "way", "boss", "fight", "hello", "chat", "welcome",
    "thanks", "raid", "good", "game", "again", "team", "win", "lose", "round", "next", "question", "we", "are", "live",
    "now", "end", "stream", "amazing", "was", "it", "is", "and", "you", "can", "see", "said", "about", "i", "fifteen",
    "twenty",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "sixty")
NUMBERS = ("one", "two", "three", "four", "five", "ten", "fifteen", *TENS, "forty five", "thirty five", "twenty five")
UNITS = ("seconds", "minutes", "minute")
TEMPLATES = (
    "clip that", "clip the last {n} {u}", "save the last {n} {u}", "save the replay", "mark this", "mark this moment",
    "mark the highlight", "scene gameplay", "scene camera", "switch to scene {w}", "switch to the camera",
    "start recording", "stop recording", "start streaming", "stop streaming", "mute the microphone",
    "unmute microphone", "be right back for {n} {u}", "what a shot", "what a play that was", "that was insane",
    "no way the boss is back", "hello chat and welcome", "welcome back to the stream", "thanks for the raid",
    "good game team", "we win this round", "we lose again", "next question", "we are live now",
    "we can end the stream now", "it was amazing", "nice shot", "you can see the {w}", "what i said about the {w}",
    "clip what i said about the boss fight", "the boss fight was {w}", "round {n} is next", "this is the {w} i said",
    "i can see the {w} and the {w}",
)  # fmt: skip

# Never taught: sentences for measuring, made of the same words.
TALK = (
    "the team can win the next round", "you said the boss is live now", "we are back to the game",
    "was that the right question", "this game is good", "no this is it", "the last boss was insane",
    "hello and thanks for the raid", "chat you can win this", "the camera is live now",
    "that moment was a highlight", "we can lose the fight and win the game", "stop the stream now",
    "you are right chat", "i said be right back", "what a nice moment that was", "is the microphone live",
    "the next scene is amazing", "you can clip the last fifteen seconds", "i said save the last thirty five minutes",
    "mark the boss fight", "this round is the last", "good question i said no", "we start again and win",
    "see you again next stream", "the raid was amazing thanks chat", "mute the camera and stop recording",
    "switch to the next scene", "the replay is what you see now", "i can end this fight now",
    "it was two minutes about", "hello team are you live", "now save that replay", "what is the question about",
    "the shot was right and you lose", "it is the last minute to win", "no way you can win that",
    "welcome to the boss fight", "that is what the stream is about", "clip that amazing play",
)  # fmt: skip

# Ten voices; a listener of the tests must be one of them to be understood.
VOICES = (
    "en-us", "en-us+m1", "en-us+m3", "en-us+m7", "en-us+f2", "en-us+f4", "en-gb", "en-gb+m2", "en-gb+f1", "en-gb+f3",
)  # fmt: skip


def settle_homophones(words: list[str]) -> list[str]:
    """`two` and `four` sound like `to` and `for`: a number where one can be counted with, else the little word."""
    numbers = {"to": "two", "for": "four"}
    little = {number: word for word, number in numbers.items()}
    settled: list[str] = []
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        after = words[index + 1] if index + 1 < len(words) else ""
        counted = after in UNITS or before in ("last", "round", *TENS)
        settled.append(numbers.get(word, word) if counted else little.get(word, word))
    return settled


def random_words(chance: random.Random) -> str:
    """One to nine words drawn alike, with no grammar to lean on."""
    return " ".join(settle_homophones([chance.choice(WORDS) for _ in range(chance.randint(1, 9))]))


def template(chance: random.Random) -> str:
    """Something a streamer says."""
    text = chance.choice(TEMPLATES)
    while "{" in text:
        text = text.replace("{n}", chance.choice(NUMBERS), 1).replace("{u}", chance.choice(UNITS), 1)
        text = text.replace("{w}", chance.choice(WORDS), 1)
    return " ".join(settle_homophones(text.split()))


def manner(chance: random.Random) -> tuple[str, int, int]:
    """Voice, speed and pitch."""
    return chance.choice(VOICES), chance.randint(125, 190), chance.randint(25, 75)
