#!/usr/bin/env python3
"""Django's command line, with the source root `site/` put on the path first.

Where nobody named the settings it says which ones it took, and which database is theirs.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "site"))

if __name__ == "__main__":
    from config import environment

    was_asked = environment.enter(fallback="config.settings.dev")

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        if not was_asked:
            print(environment.described(), file=sys.stderr)  # noqa: T201 - before there is a log
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
