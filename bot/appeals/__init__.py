"""A case from filing to the last survey: its states, the appellant's verbs, the office's and the units' acts
(`acts/`, one file per group), deadlines and lights, messages to the appellant, pictures, units, and
forgetting the appellant when the time is over. Imports staff and outgoing."""
