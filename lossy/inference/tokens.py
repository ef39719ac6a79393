"""The words of a remark, as the rules look at them."""

from __future__ import annotations

import re
from itertools import islice

PAUSE = ","  # the word of any comma or stop

_MARKS = ",.;:?!…"
# No token goes beyond a space, so a text may be taken word by word.
_TOKEN = re.compile(
    r"([0-9]{1,3}(?::[0-9]{2})+(?:\.[0-9]{1,3})?"  # 1:23
    r"|[0-9]+(?:\.[0-9]+)?"  # 45, 1.23
    r"|[^\W\d_]+(?:['\u2019][^\W\d_]+)*)"  # don't
    r"|[,.;:?!…]+"
)


def word_list(text: str) -> list[str]:
    return text.split()


def word_set(text: str) -> frozenset[str]:
    return frozenset(word_list(text))


def tokenize(text: str) -> list[str]:
    """Words in lower case and without apostrophes, which speech-to-text sets or not; PAUSE for any comma or stop."""
    words: list[str] = []
    for written in text.split():
        if written.isalpha():  # as most are, and nearly all of the others are so before a mark
            words.append(written.lower())
        elif written[:-1].isalpha() and written[-1] in _MARKS:
            words += written[:-1].lower(), PAUSE
        else:
            words += [without_apostrophes(found.lower()) or PAUSE for found in _TOKEN.findall(written)]
    return words


def token_end(text: str, index: int) -> int:
    """Where in `text` the token of that index ends."""
    return next(islice(_TOKEN.finditer(text), index, None)).end()


def without_apostrophes(word: str) -> str:
    return word.replace("'", "").replace("\u2019", "")
