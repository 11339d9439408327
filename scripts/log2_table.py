"""Write ``cpp/log2_table.hpp``: log2(k / 128) for the steps of mantissas, and 1 / ln 2, in two doubles.

`log2_nearest` (``cpp/log2_nearest.inc``) reads it. Run again only where the number of steps changes.
"""

from __future__ import annotations

from decimal import Context, Decimal
from pathlib import Path

STEPS, FIRST, LAST = 128, 90, 182
TARGET = Path(__file__).resolve().parent.parent / "cpp" / "log2_table.hpp"


def pair(value: Decimal, context: Context) -> tuple[float, float]:
    """A number as the nearest double and what is left."""
    return float(value), float(context.subtract(value, Decimal(float(value))))


def main() -> None:
    """Write the header."""
    context = Context(prec=50)
    ln2 = context.ln(Decimal(2))
    inverse = pair(context.divide(Decimal(1), ln2), context)
    logs = [
        pair(context.divide(context.ln(context.divide(Decimal(k), Decimal(STEPS))), ln2), context)
        for k in range(FIRST, LAST + 1)
    ]
    lines = [
        "// log2(k / 128), k = 90..182, and 1 / ln 2, each in two doubles. Written by scripts/log2_table.py.",
        "#pragma once",
        "namespace FW_NS {",
        f"constexpr int LOG2_STEPS = {STEPS}, LOG2_FIRST = {FIRST};",
        f"constexpr double INVERSE_LN2[2] = {{{inverse[0].hex()}, {inverse[1].hex()}}};",
        "static const double LOG2_TABLE[][2] = {",
        *(f"    {{{high.hex()}, {low.hex()}}}," for high, low in logs),
        "};",
        "}  // namespace FW_NS",
    ]
    TARGET.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
