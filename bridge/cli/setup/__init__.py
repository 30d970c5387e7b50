"""What `init` is made of: questions, the store's keys, places, and the text that comes of it."""
