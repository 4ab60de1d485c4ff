"""Strategies: a graph becomes SQL steps."""
