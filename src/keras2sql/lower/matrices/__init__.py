"""Tensors as nested lists: a layer is one value, of a matrix of weights and the list before it."""
