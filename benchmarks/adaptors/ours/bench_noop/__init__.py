"""The benchmark's adaptor, written for juncture: named by a string, imported when needed."""
