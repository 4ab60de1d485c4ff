"""The tensor graph: values, ops, expressions, activations, simplification."""
