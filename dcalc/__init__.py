"""dcalc: a differentiation calculator."""

__version__ = "0.1.0"
