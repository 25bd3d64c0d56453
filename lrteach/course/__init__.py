"""What the notebooks ask, and how they answer."""
