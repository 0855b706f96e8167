"""What the desk's pages are made of: the list's conditions, a case's timeline, the acts' forms, safe words."""
