"""Attention between sequences: scores, masks, heads."""

from __future__ import annotations

from layers.case import Case, case

HEADS = {"num_heads": 2, "key_dim": 2}
GROUPS = {"head_dim": 2, "num_query_heads": 4, "num_key_value_heads": 2}
CAUSAL = {"use_causal_mask": True}
SCORES = {"return_attention_scores": True}
MASK = ("attention_mask",)
# Dropout does nothing at inference, but makes Keras take another path for masked queries.
DROPOUT = {"dropout": 0.1}

CASES: list[Case] = [
    case("Attention", (2, 3), (4, 3)),
    case("Attention", (2, 3), (4, 2), (4, 3)),
    case("Attention", (2, 3), (3, 3), use_scale=True),
    case("Attention", (2, 3), (3, 3), score_mode="concat"),
    case("Attention", (2, 3), (3, 3), score_mode="concat", use_scale=True),
    Case("Attention", ((3, 2), (3, 2)), call=CAUSAL),
    Case("Attention", ((3, 2), (3, 2)), call=SCORES),
    Case("Attention", ((3, 2), (4, 2)), masks=((3,), (4,))),
    Case("Attention", ((3, 2), (4, 2)), masks=(None, (4,))),
    Case("Attention", ((3, 2), (3, 2)), masks=((3,), (3,)), call=CAUSAL),
    case("AdditiveAttention", (2, 3), (4, 3)),
    case("AdditiveAttention", (2, 3), (4, 2), (4, 3), use_scale=False),
    Case("AdditiveAttention", ((3, 2), (4, 2)), masks=((3,), (4,))),
    Case("AdditiveAttention", ((3, 2), (3, 2)), call=CAUSAL | SCORES),
    case("MultiHeadAttention", (2, 3), (2, 3), **HEADS),
    case("MultiHeadAttention", (2, 3), (4, 2), **HEADS, value_dim=3, use_bias=False, dropout=0.1),
    case("MultiHeadAttention", (2, 3), (4, 2), (4, 3), num_heads=1, key_dim=3, output_shape=4),
    case("MultiHeadAttention", (2, 3), (2, 3), **HEADS, output_shape=[2, 2], use_gate=True),
    case("MultiHeadAttention", (2, 2, 3), (2, 2, 3), **HEADS),
    case("MultiHeadAttention", (2, 2, 3), (2, 3, 3), **HEADS, attention_axes=2),
    case("MultiHeadAttention", (2, 2, 3), (3, 2, 3), **HEADS, attention_axes=[1]),
    case("MultiHeadAttention", (2, 2, 3), (2, 3, 3), **HEADS, attention_axes=-2),
    case("MultiHeadAttention", (4, 2), (4, 2), **HEADS, sliding_window=2),
    Case("MultiHeadAttention", ((3, 2), (3, 2)), HEADS, call=CAUSAL),
    Case("MultiHeadAttention", ((3, 2), (3, 2)), HEADS | DROPOUT, call=CAUSAL),
    Case("MultiHeadAttention", ((3, 2), (4, 2)), HEADS, call=SCORES),
    Case("MultiHeadAttention", ((3, 2), (4, 2)), HEADS, masks=((3,), (4,))),
    Case("MultiHeadAttention", ((3, 2), (4, 2)), HEADS | DROPOUT, masks=((3,), (4,))),
    Case("MultiHeadAttention", ((3, 2), (4, 2)), HEADS, masks=((3,), (4,)), call=SCORES),
    Case("MultiHeadAttention", ((3, 2), (3, 2), (3, 2)), HEADS, masks=(None, (3,), (3,))),
    Case("MultiHeadAttention", ((3, 2), (3, 2)), HEADS, masks=(None, (3,)), call=CAUSAL),
    Case("MultiHeadAttention", ((2, 2), (3, 2), (2, 3)), HEADS, "ties", keywords=MASK),
    Case("MultiHeadAttention", ((2, 2), (3, 2), (2, 2, 3)), HEADS, "ties", keywords=MASK),
    case("GroupQueryAttention", (2, 3), (2, 3), **GROUPS),
    case("GroupQueryAttention", (2, 3), (4, 2), (4, 3), **GROUPS, use_bias=False),
    case("GroupQueryAttention", (3, 2), (3, 2), **GROUPS, use_gate=True, sliding_window=1),
    Case("GroupQueryAttention", ((3, 2), (4, 2)), GROUPS, masks=((3,), (4,))),
    Case("GroupQueryAttention", ((3, 2), (4, 2)), GROUPS | DROPOUT, masks=((3,), (4,))),
    Case("GroupQueryAttention", ((3, 2), (3, 2)), GROUPS, call=CAUSAL | SCORES),
]
