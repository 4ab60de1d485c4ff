"""Pages that people open: one HTML file each, with all in it that it shows, and no script.

They have a light and a dark look, and one for paper.  What is shown comes from files and databases
of others, so that all of it is escaped.
"""

from keras2sql.report.network import Box, network
from keras2sql.report.page import render
from keras2sql.report.plots import Line, bars, curves, dots

__all__ = ["Box", "Line", "bars", "curves", "dots", "network", "render"]
