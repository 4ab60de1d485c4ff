"""Model files and live objects become a graph."""
