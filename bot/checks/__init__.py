"""What `tongxin doctor` looks at: one file per subject, each check a function from settings to findings."""
