"""A message in, a reply out: the webhook, its time budget, one turn in one transaction, routes and forms.
Knows no feature; handlers bring features to it. Imports followers and outgoing (who wrote, what waits for
them)."""
