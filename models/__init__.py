"""Tables, one file per subject, with the queries that ask about them. Knows nobody."""

from models import appeal, conversation, delivery, follower, inbound, policy, schedule, study, token

ALL = (appeal, conversation, delivery, follower, inbound, policy, schedule, study, token)
