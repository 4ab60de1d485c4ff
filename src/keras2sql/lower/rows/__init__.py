"""The rows strategy: a row for each element of a tensor, weights as rows too."""
