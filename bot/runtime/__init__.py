"""What a process is made of: the services that everybody acts with, jobs by the clock, workers in the
background, the queue that wakes them, the web server. Knows no feature: it finds each room's `jobs.py`
and `work.py` by looking. Imports core, wechat, content."""
