"""How each row leaves, and what became of it: claim, check, call WeChat, settle. Imports broadcasts and payloads."""
