"""``python -m eshikaku``: the same as the command ``eshikaku``."""

from eshikaku.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
