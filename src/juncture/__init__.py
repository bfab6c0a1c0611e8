"""Join applications to compute: application adaptors and back-end adaptors.

This module only names the version. The rooms are imported by name
(`juncture.runtime`, …), so that a command pays for what it uses.
"""

__version__ = "0.1.0"
