"""How a database goes down trees in arrays that are constants of the statement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Walking:
    """A row has an array with the node that it is at in each tree; every text is a template.

    `numbers` is a constant array of a text that has them with commas between, `read` takes one
    from a step of one row.  `level` goes one level down from `{nodes}`: the node below is
    `{first}`, or the one behind it where element `{f}` of `{x}` is greater than `{t}`, both read at
    the place `at` of the node n.  `leaves` sums up what the leaves `{v}` give.

    Trees of fewer than `least` nodes are choices in each other; so many numbers as `room`, of each
    row the elements as often as there are trees, are held at once.
    """

    numbers: str
    read: str
    at: str
    level: str
    leaves: str
    least: int
    room: int
