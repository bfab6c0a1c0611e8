"""An adaptor that does what its data says, so that a test can make anything happen anywhere."""

__version__ = "1.2.3"
