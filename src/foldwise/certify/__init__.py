"""Null runs of a whole analysis, and what is read from them: certificate, gates of learned parts, choice and power."""
