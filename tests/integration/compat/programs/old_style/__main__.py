import sys

from old_style.cli import main

if __name__ == "__main__":
    sys.exit(main())
