"""Which estimators are supported: what `keras2sql.estimators()` shows."""

from __future__ import annotations

from keras2sql.read.sklearn import names
from keras2sql.read.sklearn.boosters import FILE
from keras2sql.read.sklearn.registry import ESTIMATORS, READERS, TRANSFORMERS

_ROWS = "predicts only the rows that it was fitted to"
_GRAPH = "compares each row with all that it was fitted to"
_SEVERAL = "mixes rows"
_NEITHER = "neither predicts nor transforms"
_SOLVES = "solves a problem for each row, round by round"
_WORDS = "finds the words of a text, which databases don't do alike; count them in columns first"

# Why not.
_REASONS = {
    "AgglomerativeClustering": _ROWS,
    "ClassicalMDS": _ROWS,
    "CountVectorizer": _WORDS,
    "DBSCAN": _ROWS,
    "DictVectorizer": "takes dictionaries",
    "EmpiricalCovariance": _NEITHER,
    "FeatureHasher": "takes dictionaries",
    "GraphicalLasso": _NEITHER,
    "GraphicalLassoCV": _NEITHER,
    "HashingVectorizer": _WORDS,
    "HDBSCAN": _ROWS,
    "Isomap": _GRAPH,
    "KernelDensity": _NEITHER,
    "LabelPropagation": _GRAPH,
    "LabelSpreading": _GRAPH,
    "LatentDirichletAllocation": _SOLVES,
    "LedoitWolf": _NEITHER,
    "LocallyLinearEmbedding": _SOLVES,
    "MDS": _ROWS,
    "MinCovDet": _NEITHER,
    "MiniBatchNMF": _SOLVES,
    "MultiLabelBinarizer": "takes collections of labels",
    "NearestNeighbors": _NEITHER,
    "NMF": _SOLVES,
    "OAS": _NEITHER,
    "OPTICS": _ROWS,
    "PatchExtractor": _SEVERAL,
    "ShrunkCovariance": _NEITHER,
    "SpectralBiclustering": _ROWS,
    "SpectralClustering": _ROWS,
    "SpectralCoclustering": _ROWS,
    "SpectralEmbedding": _ROWS,
    "TfidfVectorizer": _WORDS,
    "TSNE": _ROWS,
}


def supported() -> list[tuple[str, bool, str]]:
    """``(class, supported, note)`` for every estimator of scikit-learn, and for those of other
    libraries that are known, which stand with the name of the library.

    The note of an unsupported estimator is the reason.
    """
    listed = {f"sklearn.{name}": name for name, _ in names.ESTIMATORS}
    known = {*TRANSFORMERS, *ESTIMATORS, *READERS} - {"keras network", FILE}
    named = {**listed, **{key: key for key in known if not key.startswith("sklearn.")}}
    rows = [(named[key], *_state(key, key in known)) for key in named]
    return sorted(rows, key=lambda row: row[0].casefold())


def _state(key: str, known: bool) -> tuple[bool, str]:
    if not known:
        return False, _REASONS[key.partition(".")[2]]
    entries = [table[key] for table in (ESTIMATORS, TRANSFORMERS) if key in table]
    notes = dict.fromkeys(entry.note for entry in entries if entry.note)
    return True, "; ".join(notes)
