"""The seed of inputs that are drawn: a number, or one that the system draws."""

# A seed is drawn from so many.
_SEEDS = 2**32


def seed(said: int | str | None) -> int:
    """Return the seed that is said: a whole number from 0 on, or `fresh` for a new one.

    None is the seed of a certificate, 0. Raises ValueError for anything else.
    """
    if said == "fresh":
        import secrets  # noqa: PLC0415  pytest loads this module in every session

        return secrets.randbelow(_SEEDS)
    if said is None:
        return 0
    number = said if isinstance(said, int) else int(said) if said.isdecimal() else -1
    if isinstance(said, bool) or number < 0:
        message = f"a seed must be a whole number from 0 on, or fresh; got {said}"
        raise ValueError(message)
    return number
