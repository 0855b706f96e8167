"""The verbs of `tongxin`: each file here that defines `command` is one verb, named after the file."""
