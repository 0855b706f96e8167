"""Pages about appeals: lists, one case, its acts, and what goes with them."""
