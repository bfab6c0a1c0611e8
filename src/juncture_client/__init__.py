"""What runs inside an application's own Python: standard library only, Python 3.9 syntax."""
