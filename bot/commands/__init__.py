"""`tongxin`: one file per verb, found by looking; the only room that uses click and the only one that starts
processes. Imports everything; nobody imports it."""
