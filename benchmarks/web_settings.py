"""Real operation as in a house, on the morning for which that house was made, and one page more: the floor to measure against."""

import os
import time

from hilfefrei.settings.production import *  # noqa: F403 - the same settings are the point
from hilfefrei.settings.production import MIDDLEWARE

# Production refuses a clock that was set: so it is set after it has looked.
os.environ.setdefault("HILFEFREI_NOW_SINCE", str(time.time()))
os.environ |= {"HILFEFREI_NOW": "2026-11-24T09:42:00", "HILFEFREI_NOW_RUNS": "1"}

ROOT_URLCONF = "benchmarks.web_urls"
MIDDLEWARE = ["benchmarks.web_urls.counted", *MIDDLEWARE]
