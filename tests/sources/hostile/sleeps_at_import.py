"""An adapter that never gets done with being imported."""

import time

time.sleep(60)
