"""``python -m foldwise``."""

from foldwise.cli import main

main()
