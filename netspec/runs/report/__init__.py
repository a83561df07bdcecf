"""What pages about trainings are made of: their frame and look, tables, plots, nets; nothing here needs Keras."""
