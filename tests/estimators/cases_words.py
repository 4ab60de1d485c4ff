"""Cases of texts: counts of their words."""

from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from estimators.case import case

_WORDS = ["the", "a", "café", "two words", "it's", "_b"]

_SHARING = ["ha ha", "ha ha ha", "ha ha ha ha", "dog fox dog", "fox dog", "fox fox", "the the"]

CASES = [
    case(CountVectorizer(), "documents"),
    case(TfidfVectorizer(), "documents"),
    case(
        make_pipeline(CountVectorizer(lowercase=False, binary=True, token_pattern=r"\w+"), Ridge()),
        "documents",
        "number",
    ),
    case(CountVectorizer(vocabulary=_WORDS, stop_words=["the"]), "documents"),
    case(CountVectorizer(token_pattern=r"(?u)\b\w{3,}\b", max_features=5), "documents"),
    case(TfidfVectorizer(sublinear_tf=True, norm="l1", smooth_idf=False), "documents"),
    case(TfidfVectorizer(use_idf=False, norm=None, stop_words="english"), "documents"),
    case(make_pipeline(TfidfVectorizer(min_df=2), LogisticRegression()), "documents"),
    case(make_pipeline(CountVectorizer(), MultinomialNB()), "documents"),
    case(make_pipeline(CountVectorizer(), DecisionTreeClassifier(random_state=0)), "documents"),
    case(
        GridSearchCV(make_pipeline(TfidfVectorizer(), Ridge()), {"ridge__alpha": [1.0]}, cv=2),
        "documents",
        "number",
    ),
    case(
        make_pipeline(
            ColumnTransformer(
                [
                    ("words", TfidfVectorizer(), "What they say"),
                    ("numbers", StandardScaler(), ["Stars"]),
                    ("title", CountVectorizer(binary=True), "title"),
                ]
            ),
            LogisticRegression(),
        ),
        "reviews",
    ),
    case(FeatureUnion([("a", TfidfVectorizer()), ("b", CountVectorizer())]), "documents"),
]

# Without regular expressions no words are left out, and so none put together.
NEIGHBOURS = [
    case(CountVectorizer(ngram_range=(1, 3), token_pattern=r"\w+"), "documents"),
    case(CountVectorizer(ngram_range=(2, 4), vocabulary=_SHARING), "documents"),
    case(TfidfVectorizer(ngram_range=(2, 3), stop_words="english"), "documents"),
    case(CountVectorizer(ngram_range=(1, 2), stop_words=["the", "it's", "ha"]), "documents"),
]
