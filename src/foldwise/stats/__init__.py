"""How: pure array functions, one concept per file, each with its reference.

Arrays in, arrays out: no pandas, no types of ``model``, no files. Logarithms and special functions come from
`foldwise._kernels`, and products of matrices are written as sums, because NumPy's ``log``, ``exp`` and ``@`` give
other last digits on other processors.
"""
