"""The bank's SimpleFIN server: setup tokens, what they are claimed for, and accounts in both versions."""
