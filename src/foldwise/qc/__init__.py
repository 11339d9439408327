"""Checks of samples: sex, swaps, outliers, depth. They flag and never remove."""
