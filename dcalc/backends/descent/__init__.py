"""Gradient descent: from a point downhill, step by step, until a stop rule holds.

`objective` computes the value and its gradient (of an expression, or summed over the rows of a table), `methods` says
what a step is, `native` makes whole runs of steps in compiled code, `rules` reads the stop rules, `run` does the
steps and `verdict` says by the Hessian what was reached. Nothing here reads files or formats anything.
"""
