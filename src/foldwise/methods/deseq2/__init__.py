"""The DESeq2 method: negative binomial GLM with shrunken dispersions, Wald or likelihood-ratio test.

Love, Huber and Anders 2014 (Genome Biology 15:550). `fitting` reads like the Methods section; the array functions are
in `foldwise.stats`, the loops over genes in the kernels.
"""

from foldwise.methods.deseq2.method import DESeq2

__all__ = ["DESeq2"]
