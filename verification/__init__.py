"""Statistical claims and the figures behind them: one file per claim, kept figures in ``results/``.

The numbers N1, N5, ... are rows of the validity suite; ``python -m verification`` runs all of them.
"""
