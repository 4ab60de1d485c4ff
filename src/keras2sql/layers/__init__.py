"""Converters: one small function per Keras layer."""
