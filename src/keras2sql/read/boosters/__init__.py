"""Boosted trees of other libraries: XGBoost, LightGBM, CatBoost.

Each module reads what its library writes of a model, text that is parsed and never executed, into
a `Boosted` (`model`).  No library is imported.
"""
