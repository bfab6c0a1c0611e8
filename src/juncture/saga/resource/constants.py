"""What resources are called: their types, states and the attributes of their descriptions.

These numbers are the ones existing programs have; they are flags of one set each.
"""

COMPUTE = 1
STORAGE = 2
NETWORK = 4

UNKNOWN = None
NEW = 1
PENDING = 2
ACTIVE = 4
CANCELED = 8
EXPIRED = 16
DONE = EXPIRED
FAILED = 32
FINAL = CANCELED | EXPIRED | FAILED

STATE_NAMES = {
    UNKNOWN: "Unknown",
    NEW: "New",
    PENDING: "Pending",
    ACTIVE: "Active",
    CANCELED: "Canceled",
    EXPIRED: "Expired",
    FAILED: "Failed",
}

ID = "Id"
MANAGER = "Manager"
DESCRIPTION = "Description"
STATE = "State"
STATE_DETAIL = "StateDetail"

RTYPE = "Rtype"
TEMPLATE = "Template"
IMAGE = "Image"
DYNAMIC = "Dynamic"
# `START` and `END` are attributes here, not places of a seek.
START = "Start"
END = "End"
DURATION = "Duration"
MACHINE_OS = "MachineOS"
MACHINE_ARCH = "MachineArch"
SIZE = "Size"
MEMORY = "Memory"
ACCESS = "Access"
