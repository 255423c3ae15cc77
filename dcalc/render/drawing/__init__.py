"""Computational graphs drawn: in characters, as SVG, as a page that steps through the passes, as DOT, Mermaid and TikZ.

`labels` says what stands on boxes and edges, `layout` places them (by a library); the others only draw.
"""
