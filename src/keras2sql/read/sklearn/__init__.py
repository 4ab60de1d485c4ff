"""Keras networks inside scikit-learn estimators.

An estimator class has a reader: a function of the fitted object that says which network
is inside and what the estimator makes of its output.  It is registered under the package
and the name of the class, and serves its subclasses too::

    @reads("scikeras.KerasRegressor")
    def regressor(model):
        return Wrapped(model.model_, "regressor")

No reader imports scikit-learn, SciKeras or Keras: an object is known by the classes that
it comes from, so what is not installed costs nothing.  A reader of a composite estimator
calls `unwrap` on its parts; one file per family, imported below.
"""

from keras2sql.read.sklearn import keras_wrappers, scikeras
from keras2sql.read.sklearn.registry import READERS, Wrapped, reads, unwrap

__all__ = ["READERS", "Wrapped", "keras_wrappers", "reads", "scikeras", "unwrap"]
