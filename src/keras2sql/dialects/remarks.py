"""Why a spelling is as it is, for those who read a statement: `Dialect.remarks`."""

_FLUSHED = "+ 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67"
FLUSHED = {"1e-84": _FLUSHED}

_HELD = "exp() ends at exp(230), about 1e100, so that no product of three such numbers raises"
POWERS = {", 230)": _HELD, "least(230, ": _HELD}

ALL_ROWS = "{0} keeps a step from being written into its readers, which would compute it anew"

UNITED = "united with no row, a step is computed by itself, not anew wherever it is read"

_LOG1P = "2 * atanh(x / (x + 2)) is ln(1 + x), without the digits that 1 + x loses"
_NUMBERS_AND_CALLS = ("2e0 * atanh(", "2.0 * atanh(", "2d * atanh(", "2e0 * pg_catalog.atanh(")
ATANH = dict.fromkeys(_NUMBERS_AND_CALLS, _LOG1P)
