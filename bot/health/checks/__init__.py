"""What `tongxin doctor` looks at, one file per subject."""
