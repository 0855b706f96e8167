"""Everything that leaves by itself. `payloads/` is what a message says, `broadcasts/` what staff decide
about it, `delivery/` how each row leaves and what became of it; `single_messages` is one message to one
person; `plan` and `show` look at it all. Imports followers and study below it."""
