"""A run as one page that explains itself: figures, curves, mistakes, weights, network, spec; no script runs in it."""

from netspec.train.report.page import report as report
