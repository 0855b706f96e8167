"""One file per page family: each has a `page`, a Family with its menu line and its views. Found by package scan."""
