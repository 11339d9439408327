"""Matrix Market files of counts (``%%MatrixMarket matrix coordinate integer general``).

Source: https://math.nist.gov/MatrixMarket/formats.html
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from foldwise.io.raw_bytes import read_content
from foldwise.io.stored import inconsistent, require_size


def read_matrix(path: Path) -> sparse.csr_matrix:
    """Return the sparse matrix of a coordinate file, plain or gzip-compressed; entries of one place are summed.

    Raises
    ------
    InputError
        E-FILE-003 for damaged gzip, E-FILE-008 where numbers do not fit the header, E-SAFE-002 beyond the caps.
    """
    data = read_content(path)
    start, sizes = _head(data, path.name)
    n_rows, n_columns, n_entries = sizes
    require_size((n_entries, 3), 8, "matrix", path.name)
    try:
        frame = pd.read_csv(
            io.BytesIO(data[start:]), sep=r"\s+", header=None, dtype=np.float64, engine="c", comment="%", quoting=3
        ).to_numpy()
    except (ValueError, pd.errors.ParserError) as error:
        raise inconsistent(path.name, "its entries are not three numbers per line") from error
    if n_entries == 0 and not frame.size:
        frame = np.empty((0, 3))
    if frame.shape != (n_entries, 3):
        raise inconsistent(path.name, f"its header promises {n_entries:,} entries; {len(frame):,} were read")
    rows, columns = frame[:, 0], frame[:, 1]
    for values, limit, axis in ((rows, n_rows, "row"), (columns, n_columns, "column")):
        if len(values) and not (values.min() >= 1 and values.max() <= limit and (values == np.floor(values)).all()):
            raise inconsistent(path.name, f"an entry lies outside its {limit:,} {axis}s")
    values = frame[:, 2]
    if (values == np.floor(values)).all() and len(values) and abs(values).max() < 2**31:
        values = values.astype(np.int32)
    places = (rows.astype(np.int64) - 1, columns.astype(np.int64) - 1)
    return sparse.coo_matrix((values, places), shape=(n_rows, n_columns)).tocsr()


def _head(data: bytes, name: str) -> tuple[int, tuple[int, int, int]]:
    """Return where the entries start, and rows, columns and entries that the header promises."""
    words = data[:200].split(b"\n", 1)[0].lower().split()
    if words[:3] != [b"%%matrixmarket", b"matrix", b"coordinate"] or words[4:5] != [b"general"]:
        raise inconsistent(name, "it is no Matrix Market file of coordinates")
    position = 0
    while position < len(data):
        end = data.find(b"\n", position)
        end = len(data) if end < 0 else end
        line = data[position:end].strip()
        if line and not line.startswith(b"%"):
            fields = line.split()
            if len(fields) == 3 and all(field.isdigit() for field in fields):
                rows, columns, entries = map(int, fields)
                return end + 1, (rows, columns, entries)
            break
        position = end + 1
    raise inconsistent(name, "its line of sizes is missing")
