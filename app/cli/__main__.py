"""`python -m app.cli` is `chanjiao`."""

from app.cli import main

main()
