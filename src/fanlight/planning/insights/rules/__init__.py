"""The rules of insights, one a file: each is pure and says in plain words when it speaks."""
