"""The same adaptor given to the entry point as a class, so every command imports it."""
