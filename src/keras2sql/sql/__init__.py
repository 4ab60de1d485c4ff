"""The statement tree."""
