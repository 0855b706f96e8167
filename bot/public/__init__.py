"""Pages that a citizen opens from a reply, and how a link to one of them reads. Imports appeals, policies,
study."""
