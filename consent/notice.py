"""The versioned notice a person reads before anything is opened."""
