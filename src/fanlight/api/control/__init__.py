"""The control face: what a partner may do and see for its users beyond the wire."""
