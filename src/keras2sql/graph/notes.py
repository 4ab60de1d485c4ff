"""What is known of tensors beside their values: masks, padding, integer types; and of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras2sql.graph import expr as ex
from keras2sql.graph import ops

if TYPE_CHECKING:
    from keras2sql.graph.core import Tensor

CUT = ex.call("trunc", ex.X)


class Notes:
    """The notes that a builder keeps while layers write into it.

    `described` says in a few words what the layer of a path is, for those who read the SQL.
    """

    def __init__(self) -> None:
        self._masks: dict[Tensor, Tensor] = {}
        self._integers: dict[Tensor, tuple[str, bool]] = {}
        self.padding: dict[str, float] = {}
        self.described: dict[str, str] = {}

    # -- integers: tensors that Keras holds as such, though they are computed as any number

    def as_integer(self, x: Tensor, type_: str, raw: bool = False) -> Tensor:
        """`x`, an integer of this type from now on; `raw` if its values may be no whole numbers.

        Such are those of an input, which Keras cuts as it takes them.
        """
        self._integers[x] = (type_, raw)
        return x

    def integer(self, x: Tensor) -> str:
        """The integer type of `x`; empty for any other tensor."""
        return self._integers[x][0] if x in self._integers else ""

    def is_raw(self, x: Tensor) -> bool:
        return x in self._integers and self._integers[x][1]

    # -- masks: which time steps count; a tensor of kind bool beside the tensor it masks

    def pads(self, x: Tensor, value: float) -> None:
        """Note that a step of an input that holds `value` alone is masked: it may be missing."""
        if isinstance(x.op, ops.Map) and x.op.expr == CUT:
            x = x.inputs[0]
        if isinstance(x.op, ops.Input):
            self.padding[x.op.name] = value

    def mask(self, x: Tensor) -> Tensor | None:
        """The mask that travels with `x`."""
        return self._masks.get(x)

    def masked(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """`x`, with this mask from now on."""
        if mask is not None:
            self._masks[x] = mask
        return x

    def unmasked(self, x: Tensor) -> Tensor:
        """`x`, without a mask for whatever reads it from now on."""
        self._masks.pop(x, None)
        return x
