"""Sums of rows by group: cells to pseudobulk profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise.stats.arrays import Integers


@dataclass(frozen=True, eq=False)
class GroupSums:
    """Sums of whole numbers; chunks may be added in any order, the result is the same.

    Parameters
    ----------
    sums : ndarray of int64, (n_groups, n_genes)
    present : ndarray of int64, (n_groups, n_genes)
        Rows of the group whose value is above zero.
    n_rows : ndarray of int64, (n_groups,)
    """

    sums: Integers
    present: Integers
    n_rows: Integers

    @classmethod
    def empty(cls, n_groups: int, n_genes: int) -> GroupSums:
        """Return sums of nothing."""
        shape = (n_groups, n_genes)
        return cls(np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(n_groups, np.int64))

    def add(self, chunk: Any, codes: Integers) -> GroupSums:
        """Return the sums with more rows added.

        Parameters
        ----------
        chunk : ndarray or scipy.sparse matrix, (n_rows, n_genes)
            Whole numbers at least 0.
        codes : ndarray of int, (n_rows,)
            Group of each row; negative: in none.
        """
        from scipy import sparse

        rows = np.flatnonzero(codes >= 0)
        shape = (len(self.n_rows), chunk.shape[0])
        member = sparse.csr_matrix((np.ones(len(rows), np.int64), (codes[rows], rows)), shape=shape)
        values = sparse.csr_matrix(chunk, dtype=np.int64)
        values.sum_duplicates()
        above = sparse.csr_matrix((values.data > 0, values.indices, values.indptr), shape=values.shape, dtype=np.int64)
        counted = np.bincount(codes[rows], minlength=len(self.n_rows))
        return GroupSums(
            self.sums + (member @ values).toarray(),
            self.present + (member @ above).toarray(),
            self.n_rows + counted,
        )
