"""The nouns: what each thing is and what can be done with it. Functions take a unit of work; none opens one."""
