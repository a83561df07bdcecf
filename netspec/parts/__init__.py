"""What layers and training are given: one file a kind, one class for each of Keras' classes."""
