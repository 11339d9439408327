"""What is learned from the data, as array functions: hidden factors, weights, signatures. Runs no pipeline."""
