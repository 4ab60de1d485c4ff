"""The hash functions of TensorFlow's `tf.strings.to_hash_bucket_*` and `tf.sparse.cross_hashed`.

FarmHash's Fingerprint64 is written after https://github.com/google/farmhash (farmhash.cc,
namespace farmhashna), SipHash-2-4 after Aumasson and Bernstein 2012.
"""

from __future__ import annotations

from collections.abc import Sequence

_MASK = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
LONGEST = 64  # bytes that `farmhash` takes


def _word(text: bytes, start: int, size: int = 8) -> int:
    return int.from_bytes(text[start : start + size], "little")


def _rotated(x: int, right: int) -> int:
    x &= _MASK
    return (x >> right | x << (64 - right)) & _MASK


def _mixed(x: int) -> int:
    x &= _MASK
    return x ^ x >> 47


def _pair(u: int, v: int, factor: int) -> int:
    a = _mixed((u ^ v) * factor)
    return _mixed((v ^ a) * factor) * factor & _MASK


def farmhash(text: bytes) -> int:
    """Fingerprint64 of up to `LONGEST` bytes."""
    n = len(text)
    factor = _K2 + 2 * n
    if n == 0:
        return _K2
    if n < 4:
        y, z = text[0] + (text[n >> 1] << 8), n + (text[-1] << 2)
        return _mixed(y * _K2 ^ z * _K0) * _K2 & _MASK
    if n < 8:
        return _pair(n + (_word(text, 0, 4) << 3), _word(text, n - 4, 4), factor)
    if n <= 16:
        a, b = _word(text, 0) + _K2, _word(text, n - 8)
        c, d = _rotated(b, 37) * factor + a, (_rotated(a, 25) + b) * factor
        return _pair(c & _MASK, d & _MASK, factor)
    a, b = _word(text, 0) * (_K1 if n <= 32 else _K2), _word(text, 8)
    c, d = _word(text, n - 8) * factor, _word(text, n - 16) * _K2
    y = _rotated(a + b, 43) + _rotated(c, 30) + d & _MASK
    z = _pair(y, a + _rotated(b + _K2, 18) + c & _MASK, factor)
    if n <= 32:
        return z
    if n > LONGEST:
        raise ValueError(f"a text of {n} bytes")
    e, f = _word(text, 16) * factor, _word(text, 24)
    g, h = (y + _word(text, n - 32)) * factor, (z + _word(text, n - 24)) * factor
    left = _rotated(e + f, 43) + _rotated(g, 30) + h & _MASK
    return _pair(left, e + _rotated(f + a, 18) + g & _MASK, factor)


def siphash(text: bytes, key: Sequence[int]) -> int:
    """SipHash-2-4 under a key of two numbers."""
    k0, k1 = (int(k) & _MASK for k in key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D]
    v += [k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rounds(count: int) -> None:
        for _ in range(count):
            v[0], v[2] = v[0] + v[1] & _MASK, v[2] + v[3] & _MASK
            v[1], v[3] = _rotated(v[1], 51) ^ v[0], _rotated(v[3], 48) ^ v[2]
            v[0] = _rotated(v[0], 32)
            v[2], v[0] = v[2] + v[1] & _MASK, v[0] + v[3] & _MASK
            v[1], v[3] = _rotated(v[1], 47) ^ v[2], _rotated(v[3], 43) ^ v[0]
            v[2] = _rotated(v[2], 32)

    whole = len(text) // 8 * 8
    last = _word(text, whole) | (len(text) & 0xFF) << 56
    for m in (*(_word(text, i) for i in range(0, whole, 8)), last):
        v[3] ^= m
        rounds(2)
        v[0] ^= m
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


# The key that tf.sparse.cross_hashed begins with, and the factor of its steps.
_CROSS_KEY, _CROSS_FACTOR = 0xDECAFCAFFE, 0xC6A4A7935BD1E995


def crossed(parts: Sequence[int]) -> int:
    """The fingerprints of several features, or whole numbers among them, in one."""
    result = _CROSS_KEY
    for part in parts:
        result ^= _CROSS_FACTOR ^ _mixed(part * _CROSS_FACTOR) * _CROSS_FACTOR & _MASK
        result = _mixed(_mixed(result * _CROSS_FACTOR) * _CROSS_FACTOR)
    return result
