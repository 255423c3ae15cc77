"""Evaluation: the numeric interpreters of a graph and the plan that they share."""
