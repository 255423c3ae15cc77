"""The graph: an append-only, hash-consed list of operations, and how a parsed text becomes one."""
