"""Functions that bend each number on its own, or each vector."""
