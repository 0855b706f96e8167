"""The staff's web console. Here: who may see what, one transaction a request, lists, forms, safe words. In
`pages/`: one file or folder per subject with the word of its room; found by looking. Imports every
feature; nobody imports it but the application."""
