"""Many trainings of one spec: its vars searched, its samples divided into folds."""
