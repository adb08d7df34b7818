"""Right optimizers as strangers write them: each says which rule it follows, and by which readings."""
