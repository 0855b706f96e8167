"""The ground: time, database, settings, logs, files, the audit trail, and how a refusal is said. Knows the
tables and nothing else of ours; may be imported by everybody. Something belongs here only when three
rooms need it and none of them is its subject."""
