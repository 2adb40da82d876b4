"""Folding: the form in which texts are compared that people and banks write in their own ways."""


def fold(text: str) -> str:
    """Without regard to case and to how many spaces there are."""
    return " ".join(text.casefold().split())
