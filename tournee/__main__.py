"""`python -m tournee`."""

from tournee.cli import main

main()
