"""`serve`: a page and a JSON interface that make SQL of model files, on this machine.

What is sent is read in a process of its own, within a time and a memory, and nothing of it is
executed.  The page needs no network: all that it shows comes from here.
"""

from keras2sql.serving.limits import Limits
from keras2sql.serving.server import serve

__all__ = ["Limits", "serve"]
