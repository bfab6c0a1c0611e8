"""Private helpers of the existing runtime which adaptors import."""

from juncture.compat.secure_open import secure_open

__all__ = ["secure_open"]
