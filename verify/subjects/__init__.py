"""What is certified: how to find an optimizer and how to construct it."""
