"""The simulated world behind both protocols: people, what they own, and what they earn, spend and owe."""
