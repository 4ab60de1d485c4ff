"""Databases as data."""
