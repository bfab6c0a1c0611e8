"""Catalogues of logical files in SQL databases: SQLite and PostgreSQL."""
