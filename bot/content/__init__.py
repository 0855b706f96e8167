"""What the account knows: the files of content/ and the rows made from them, the phrases that staff teach,
the texts that nothing understood, and the snapshot that every process reads. Imports core, understanding,
staff."""
