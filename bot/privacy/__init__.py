"""What we have stored about a person, as a copy and for erasure, and the nightly forgetting. Every table with a
person in it is listed in `holdings.py`. Imports appeals, followers."""
