"""Networks assembled from `nn`'s layers, their training and their decoding."""
