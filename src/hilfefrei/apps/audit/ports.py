"""Outside systems: what a delivery says when the other side is away."""


class Down(Exception):
    """The outside system behind ``port`` does not answer: what waits for it is left alone for this round."""

    def __init__(self, port: str, why: str) -> None:
        super().__init__(why)
        self.port = port
        self.why = why
