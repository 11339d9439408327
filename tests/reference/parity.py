"""The table foldwise against R: ``make parity``, or ``python -m tests.reference.parity [set ...]``.

Every quantity of DESeq2 and edgeR on every data set of R's outputs, fed with R's output of the stage before ("given")
and from counts to results ("e2e"): largest and 99.9 % difference over all genes, the tolerance, pass or fail. Ends with
status 1 if anything failed. Where R's own numbers move when its sample columns are permuted, that is printed beside.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from tests.reference import data
from tests.reference.end_to_end import end_to_end
from tests.reference.given_r import given_r
from tests.reference.rows import Row
from tests.reference.rows_corrections import correction_rows
from tests.reference.rows_edger_dispersion import edger_dispersion_rows
from tests.reference.rows_edger_lrt import edger_lrt_rows
from tests.reference.rows_edger_ql import edger_ql_rows
from tests.reference.rows_exact_test import exact_test_rows
from tests.reference.rows_gene_sets import edger_gene_set_rows, gene_set_rows
from tests.reference.rows_lengths import SET, length_rows
from tests.reference.rows_limma import limma_rows
from tests.reference.rows_limma_runs import limma_run_rows
from tests.reference.rows_limma_weights import limma_weight_rows
from tests.reference.rows_norm_factors import norm_factor_rows
from tests.reference.variants import variants

PARTS: tuple[Callable[[str], Iterator[Row]], ...] = (given_r, end_to_end, variants)
# edgeR's tables: a data set without one gives no row.
EDGER_PARTS: tuple[Callable[[str], Iterator[Row]], ...] = (
    norm_factor_rows,
    limma_rows,
    limma_weight_rows,
    limma_run_rows,
    gene_set_rows,
    edger_gene_set_rows,
    edger_dispersion_rows,
    edger_ql_rows,
    correction_rows,
    edger_lrt_rows,
    exact_test_rows,
)


def all_rows(sets: list[str]) -> Iterator[Row]:
    """Every row of the table, data set by data set."""
    for name in sets:
        yield from length_rows(name)
        for part in PARTS if name in data.DESEQ2_SETS else ():
            yield from part(name)
        for part in EDGER_PARTS if name in data.EDGER_SETS else ():
            yield from part(name)


def line(row: Row) -> str:
    """One line of the table."""
    numbers = "  ".join(f"{value:8.1e}" if value == value else "       -" for value in (row.maximum, row.q999))
    verdict = "pass" if row.passed else "FAIL"
    note = f"   [{row.note}]" if row.note else ""
    return (
        f"{verdict}  {row.code:4s} {row.data_set:10s} {row.quantity:46s} {row.n:6d}  {numbers}  {row.tolerance}{note}"
    )


def summary(rows: list[Row], sets: list[str]) -> str:
    """Quantity x data set: the largest difference, ! where a row failed."""
    order = list(dict.fromkeys((row.code, row.quantity) for row in rows))
    found = {(row.code, row.quantity, row.data_set): row for row in rows}
    head = f"{'':4s} {'largest difference':46s}" + "".join(f"{name:>11s}" for name in sets)
    lines = [head]
    for code, quantity in order:
        cells = [found.get((code, quantity, name)) for name in sets]
        text = "".join(f"{'':>11s}" if c is None else f"{c.maximum:10.1e}{' ' if c.passed else '!'}" for c in cells)
        lines.append(f"{code:4s} {quantity:46s}{text}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Print the table; return 1 if a row failed."""
    if not data.available():
        print(f"No reference outputs in {data.ROOT} (set FOLDWISE_REFERENCE).")
        return 1
    sets = arguments or [*data.EDGER_SETS, SET]
    rows = []
    for row in all_rows(sets):
        rows.append(row)
        print(line(row), flush=True)
        for gene in row.worst:
            print(f"        {gene}"[:200])
    failed = [row for row in rows if not row.passed]
    print()
    print(summary(rows, sets))
    print(f"\n{len(rows)} comparisons, {len(failed)} failed")
    for row in failed:
        print(line(row))
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
