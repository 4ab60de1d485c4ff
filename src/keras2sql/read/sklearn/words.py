"""Texts as counts of their words, as scikit-learn's vectorizers have them.

The words of a text are put between two blanks each, so that one word is found as often as it is
there: no two of them share a blank.  As scikit-learn does, words that are too short or stop words
are left out before neighbours are put together.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, Z, where
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, vector
from keras2sql.read.sklearn.registry import PASSED, fitted, transforms
from keras2sql.read.sklearn.scaling import tf_idf

_WORD = re.compile(r"(?:\(\?u\))?(?:\\b)?((?:\\w)+)(\+|\{(\d+),\})(?:\\b)?")
_NOTE = (
    "words that are runs of \\w, as by default; stop words, ngram_range; "
    "functions of your own, strip_accents and characters are not"
)
_HALVES = (("(", ")"), ("{", "}"))


@transforms("sklearn.CountVectorizer", table=True, gaps=PASSED, width=1, note=_NOTE)
def count_vectorizer(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """How often each word of the vocabulary, or neighbours, are in the one text of a row."""
    return vector(_counts(graph, model, columns), _names(model))


@transforms("sklearn.TfidfVectorizer", table=True, gaps=PASSED, width=1, note=_NOTE)
def tf_idf_vectorizer(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """The same, weighed by how rare a word is."""
    fitted(model, "_tfidf")
    return vector(tf_idf(graph, model._tfidf, _counts(graph, model, columns)), _names(model))


def _names(model: Any) -> list[str]:
    return sorted(model.vocabulary_, key=model.vocabulary_.__getitem__)


def _counts(graph: TableBuilder, model: Any, columns: Columns) -> Tensor:
    fitted(model, "vocabulary_")
    if len(columns) != 1:
        raise Refused(f"takes one column of texts, not {len(columns)}")
    shortest, stops = _shortest(model), _stop_words(model)
    text = graph.text(columns, 0)
    if model.lowercase:
        text = graph.map(ex.call("lower_unicode", X), text)
    words = graph.map(ex.call("words", X), text)
    nothing = graph.map(where(ex.call("absent", X), 1.0, 0.0), graph.reshape(words, (1,)))
    tokens = [_token(name, model, shortest, stops) for name in _names(model)]
    if any(len(token) > 1 for token in tokens):
        words = _without(graph, words, shortest, stops)
    found = _found(graph, words, tokens)
    if model.binary:
        found = graph.map(where(X > 0.0, 1.0, 0.0), found)
    return graph.where_none(found, nothing)


# -- what the vectorizer takes for a word


def _shortest(model: Any) -> int:
    """How many characters a word has at least. Raises `Refused` for other rules of what one is."""
    own = [name for name in ("preprocessor", "tokenizer") if getattr(model, name) is not None]
    if callable(model.analyzer):
        own.append("analyzer")
    if own:
        raise Refused(f"its {own[0]} is a function of your own, which is never executed")
    if model.analyzer != "word":
        raise Refused(f"analyzer={model.analyzer!r}: SQL counts words, not pieces of them")
    if model.strip_accents is not None:
        raise Refused("strip_accents: SQL has no table of accents; take them off before it")
    if model.input != "content":
        raise Refused(f"input={model.input!r}: the column has to hold the texts themselves")
    shape = _WORD.fullmatch(model.token_pattern)
    if shape is None:
        raise Refused(
            f"the token_pattern {model.token_pattern!r}: databases agree on runs of \\w alone"
        )
    atoms = len(shape[1]) // 2
    return atoms if shape[3] is None else atoms - 1 + int(shape[3])


def _stop_words(model: Any) -> frozenset[str]:
    """The words that are left out."""
    if model.stop_words is None:
        return frozenset()
    if isinstance(model.stop_words, str):
        (home,) = {k.__module__ for k in type(model).__mro__ if k.__name__ == "CountVectorizer"}
        return frozenset(sys.modules[home].ENGLISH_STOP_WORDS)
    return frozenset(model.stop_words)


def _is_word(word: str, shortest: int, stops: frozenset[str]) -> bool:
    return len(word) >= shortest and not re.search(r"\W", word) and word not in stops


def _token(name: str, model: Any, shortest: int, stops: frozenset[str]) -> tuple[str, ...]:
    """The words that a name of the vocabulary stands for; none where no text can have them."""
    parts = tuple(name.split(" "))
    least, most = model.ngram_range
    known = least <= len(parts) <= most and all(_is_word(p, shortest, stops) for p in parts)
    return parts if known else ()


def _without(graph: TableBuilder, words: Tensor, shortest: int, stops: frozenset[str]) -> Tensor:
    """The words but for those that are left out."""
    out = sorted(word for word in stops if _is_word(word, max(shortest, 1), frozenset()))
    if shortest > 1:
        out.append("[^ ]" if shortest == 2 else f"[^ ]{{1,{shortest - 1}}}")
    if not out:
        return words
    return graph.map(ex.call("without_words", X, f" ({'|'.join(out)}) "), words)


# -- counting


def _found(graph: TableBuilder, words: Tensor, tokens: Sequence[tuple[str, ...]]) -> Tensor:
    """How often each is there: words alone and most neighbours at once, the others one by one."""
    plain = [token for token in tokens if token and _border(token) == 0]
    parts = [_occurrences(graph, words, [_spaced(token) for token in plain])] if plain else []
    places = {token: i for i, token in enumerate(plain)}
    for token in tokens:
        if token and _border(token) > 0:
            places[token] = len(places)
            parts.append(_overlapping(graph, words, token))
    if not parts:
        return graph.zeros((len(tokens),))
    whole = parts[0] if len(parts) == 1 else graph.join(parts, 0)
    order = [places.get(token, -1) for token in tokens]
    return whole if order == list(range(whole.size)) else graph.take(whole, order)


def _occurrences(graph: TableBuilder, text: Tensor, wanted: Sequence[str]) -> Tensor:
    shorter = [one[:-1] for one in wanted]
    count = ex.call("occurrences", X, Y, Z)
    return graph.map(count, graph.reshape(text, (1,)), _texts(wanted), _texts(shorter))


def _texts(listed: Sequence[str]) -> Any:
    return np.array(listed, dtype=object)


def _spaced(token: Sequence[str]) -> str:
    return "".join(f" {word} " for word in token)


def _border(token: Sequence[str]) -> int:
    """How many words at its end are those at its beginning: so many may two of them share."""
    return next((k for k in range(len(token) - 1, 0, -1) if token[:k] == token[-k:]), 0)


def _overlapping(graph: TableBuilder, words: Tensor, token: tuple[str, ...]) -> Tensor:
    """How often neighbours are there that begin as they end: the word that two share is doubled,
    and so are neighbours that two of them share."""
    first = token[0]
    doubled = f" {first}>", f"<{first} "
    text = _replaced(graph, words, _spaced([first]), "".join(doubled))
    middle = "".join("".join(doubled) if word == first else f" {word} " for word in token[1:-1])
    if _border(token) == 1:
        return _occurrences(graph, text, [doubled[1] + middle + doubled[0]])
    if len(set(token)) > 1:
        raise Refused(f"the neighbours {' '.join(token)!r}, two of which share several words")
    wanted = doubled[1] + doubled[0]
    for step in range(len(token) - 2):
        left, right = _HALVES[step % 2]
        text = _replaced(graph, text, wanted, right + left)
        wanted = left + right
    return _occurrences(graph, text, [wanted])


def _replaced(graph: TableBuilder, text: Tensor, old: str, new: str) -> Tensor:
    return graph.map(ex.call("replace", X, old, new), text)
