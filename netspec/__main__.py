"""``python -m netspec``."""

from netspec.cli import main

if __name__ == "__main__":
    main(prog_name="netspec")
