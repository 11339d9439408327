"""The borders: files, frames and AnnData become an `Experiment`; an `Analysis` becomes files.

Import from the submodules (``foldwise.io.read``, ``foldwise.io.write_outputs``); this package imports none of them.
"""
