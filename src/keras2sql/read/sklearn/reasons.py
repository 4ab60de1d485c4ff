"""Why an estimator of scikit-learn does not become SQL."""

_ROWS = "predicts only the rows that it was fitted to"
_GRAPH = "compares each row with all that it was fitted to"
_SEVERAL = "mixes rows"
_NEITHER = "neither predicts nor transforms"
_SOLVES = "solves a problem for each row, round by round"

REASONS = {
    "AgglomerativeClustering": _ROWS,
    "ClassicalMDS": _ROWS,
    "DBSCAN": _ROWS,
    "DictVectorizer": "takes dictionaries",
    "EmpiricalCovariance": _NEITHER,
    "FeatureHasher": "takes dictionaries",
    "GraphicalLasso": _NEITHER,
    "GraphicalLassoCV": _NEITHER,
    "HashingVectorizer": "hashes words by MurmurHash3, which no database has",
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
    "TSNE": _ROWS,
}
"""By the name of the class."""
