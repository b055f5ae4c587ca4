"""Classes with parents: sums over branches, how deep an image can be placed, labels of a branch."""
