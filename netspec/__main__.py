"""The program: ``netspec`` and ``python -m netspec``."""

import gc
import os


def run() -> None:
    """Start the command line."""
    gc.disable()  # what is made at the start is kept: looking for garbage in it takes a fifth of `check`
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # what else is installed may not change what a spec means
    from netspec.cli import main

    try:
        main(prog_name="netspec")
    finally:
        gc.freeze()  # nor is there anything to look for at the end


if __name__ == "__main__":
    run()
