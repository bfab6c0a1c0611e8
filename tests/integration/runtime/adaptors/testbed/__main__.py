import importlib
import json
import os
import sys

from juncture.runtime import EntryPoint

# {"module.NAME": value}: waiting times, which a test need not wait for.
for name, value in json.loads(os.environ.get("TESTBED_CONSTANTS", "{}")).items():
    module, _, constant = name.rpartition(".")
    setattr(importlib.import_module(module), constant, value)

NAME = os.environ.get("TESTBED_CLASS", "testbed.adaptor:Testbed")
EntryPoint(NAME).start(reentry_exe=os.environ.get("TESTBED_REENTRY"))
sys.exit(0)
