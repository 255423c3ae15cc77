"""Sweeps: graph -> graph. The only readers of the table's derivative entries."""
