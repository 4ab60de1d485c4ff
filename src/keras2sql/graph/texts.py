"""Functions of texts by numpy: what TensorFlow's `tf.strings` does in text layers, and Python's
`str` and `re` where scikit-learn counts words."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# What lower_and_strip_punctuation takes away: keras/src/layers/preprocessing/text_vectorization.py.
PUNCTUATION = string.punctuation
BLANKS = "\t\n\v\f\r"  # beside the space itself: what TensorFlow splits at

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_BARE = str.maketrans("", "", PUNCTUATION)
_SPACED = str.maketrans(BLANKS, " " * len(BLANKS))


def _each(compute: Callable[[str], str]) -> Callable[[Array], Array]:
    def run(x: Array) -> Array:
        return np.asarray(np.frompyfunc(compute, 1, 1)(np.asarray(x, dtype=object)), dtype=object)

    return run


# TensorFlow lowers no letters but those of ASCII.
lower = _each(lambda text: text.translate(_LOWER))
strip_punctuation = _each(lambda text: text.translate(_BARE))
spaced = _each(lambda text: text.translate(_SPACED).lstrip(" "))
first_word = _each(lambda text: text.partition(" ")[0])
after_word = _each(lambda text: text.partition(" ")[2].lstrip(" "))


def absent(x: Array) -> Array:
    """Whether there is no text."""
    missing = np.frompyfunc(lambda text: text is None or text != text, 1, 1)
    return np.asarray(missing(np.asarray(x, dtype=object)), dtype=bool)


def character(x: Array, position: Array) -> Array:
    """The character at a position that counts from 1; empty behind the end."""
    cut = np.frompyfunc(lambda text, i: text[int(i) - 1 : int(i)], 2, 1)
    return np.asarray(cut(np.asarray(x, dtype=object), position), dtype=object)


# -- as Python finds words, which scikit-learn counts; of no text there are none


def _of_text(compute: Callable[..., Any], arity: int, kind: type) -> Callable[..., Array]:
    """A function of a text, and of others beside it, that no text passes through."""
    nothing = None if kind is object else np.nan

    def one(text: Any, *rest: Any) -> Any:
        return nothing if text is None or text != text else compute(text, *rest)

    each = np.frompyfunc(one, arity, 1)

    def run(x: Array, *rest: Array) -> Array:
        return np.asarray(each(np.asarray(x, dtype=object), *rest), dtype=kind)

    return run


def _words(text: str) -> str:
    return f" {_BETWEEN.sub('  ', text)} "


def _occurrences(text: str, word: str, shorter: str) -> int:
    return len(text) - len(text.replace(word, shorter))


def _without(text: str, pattern: str) -> str:
    return re.sub(pattern, "", text)


_BETWEEN = re.compile(r"\W+")

lower_unicode = _of_text(str.lower, 1, object)
words = _of_text(_words, 1, object)
replace = _of_text(str.replace, 3, object)
without_words = _of_text(_without, 2, object)
occurrences = _of_text(_occurrences, 3, np.float64)
