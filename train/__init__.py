"""Training of contrastive image–text models on exported pairs, and their evaluation at each level."""
