"""Converters of layers that are no part of Keras, for ``--plugin``; none is loaded unasked.

A file says what a custom class is called, how it is configured and what its weights are, and not
what it computes.  A recipe takes a class for the one that was published under its name, checks
its config and the shapes of its weights against that, and refuses what does not fit.
"""
