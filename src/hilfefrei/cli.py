"""The commands of ``./hilfefrei``. The launcher has made sure that everything of the lock is installed."""

import argparse
import os
import sys

from django.core.management import execute_from_command_line


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments[:1] == ["manage"]:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hilfefrei.settings.demo")
        execute_from_command_line(["hilfefrei manage", *arguments[1:]])
        return 0
    argparse.ArgumentParser(prog="./hilfefrei").print_help()
    return 2


if __name__ == "__main__":
    sys.exit(main())
