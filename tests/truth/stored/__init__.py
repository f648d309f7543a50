"""The calls whose truth is stored in spec/vectors: small ones, everyday and hard, chosen page by page."""
