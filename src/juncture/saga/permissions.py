"""What may be done with a name, and by whom (GFD.90, section 3.7).

Permissions are joined with `|`. Whom they are about is `user-NAME`, `group-NAME`, or `*` for
everybody.
"""

from __future__ import annotations

NONE = 0
QUERY = 1
"""Look at what is known of it."""
READ = 2
WRITE = 4
EXEC = 8
OWNER = 16
"""Change its permissions."""
ALL = QUERY | READ | WRITE | EXEC | OWNER
