"""The back-end adaptors that juncture ships. Nobody imports them: the engine loads them by name."""
