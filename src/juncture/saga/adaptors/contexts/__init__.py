"""Context adaptors: what each kind of credential needs before a session may hold it."""
