"""No library reports to anybody that it is used; must be set before huggingface_hub is loaded.

Otherwise that library asks its hub once a day, before a download, which tools it may name to it.
"""

import os

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
