"""What a spec cannot say of one layer."""

from __future__ import annotations


class Unsayable(Exception):
    """What a spec cannot say of a layer: pairs of an argument, empty where it is no single one's, and the reason."""

    def __init__(self, *told: tuple[str, str]):
        super().__init__(told)
        self.told = told
