"""The training world: a pure generator and a loader. Nothing of the product imports it but the command line."""
