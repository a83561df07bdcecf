"""Neural-network architectures as code that a team can review."""
