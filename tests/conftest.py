"""Properties are not timed: how long an example takes says more of the machine than of the code.

Each test run has a folder of its own for the farms' turns. Processes are told that the service
remembers all usage: simulated ones do, and what they simulate is often long ago.
"""

import os
import tempfile

from hypothesis import HealthCheck, settings

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
os.environ["FARM_COSTS_HISTORY"] = "off"
os.environ["FARM_COSTS_REMEMBERED_DAYS"] = "unlimited"
os.environ["FARM_COSTS_LOCK_FOLDER"] = tempfile.mkdtemp(prefix="farm-costs-turns-")
