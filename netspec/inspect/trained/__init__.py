"""What the layers of a finished run do: what flows through them, what they look for, what they tell apart."""
