"""What other machines call. Versioned: what stands under ``v1`` keeps its meaning."""
