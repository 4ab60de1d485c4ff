"""What is known of layers for those who read the SQL; nothing is computed by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class About:
    """What layers are, by their paths, and the paths of those that were folded into one."""

    notes: Mapping[str, str] = field(default_factory=dict)
    folded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def whole(self, path: str) -> str:
        """The layer of which this is one time step, or the layer itself."""
        layer = re.sub(r"_step_\d+$", "", path)
        return layer if path not in self.notes and layer in self.notes else path

    def layer(self, path: str) -> str:
        """A layer in a few words; nothing where nothing is known of it."""
        said = self._said(path)
        others = list(dict.fromkeys(filter(None, map(self._said, self.folded.get(path, ())))))
        if not said or not others:
            return said
        listed = " and ".join([*[", ".join(others[:-1])] * (len(others) > 1), others[-1]])
        return f"{said}; {listed} folded in"

    def _said(self, path: str) -> str:
        """What the layer is, or for a part of one, the layer and which part."""
        if path in self.notes:
            return self.notes[path]
        above, slash, part = path.rpartition("/")
        said = self._said(above) if slash else ""
        return f"{said}: {part}" if said else ""


NOTHING = About()
