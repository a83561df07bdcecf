"""What is measured beside the loss."""
