"""Three years before the training day: flows of units as arrays, the people they stand for, and the deliveries that tell of them."""
