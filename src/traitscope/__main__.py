"""`python -m traitscope` is the command line."""

from traitscope.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
