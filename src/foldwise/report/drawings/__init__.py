"""Drawings of static figures: functions that are handed matplotlib's axes and import nothing of it themselves.

`foldwise.report.figures` makes the axes, places labels and writes files.
"""
