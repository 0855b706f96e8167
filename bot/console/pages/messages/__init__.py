"""留言: what people left for the staff, and the talk with one of them."""
