"""What is kept: tables, the store that runs units of work on them, and the vault that seals secrets."""
