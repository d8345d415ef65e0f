"""`python -m okno`, where the command is not on the path."""

import sys

from okno.cli import main

sys.exit(main())
