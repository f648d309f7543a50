"""Where answers come from, as a person names it: an adapter, or a command that speaks the line protocol, each asked in its own process."""

from dataclasses import dataclass

from nnspec.conformance.sources import process


@dataclass(frozen=True)
class Adapter:
    """An adapter by the name that `loading.load` finds it under, or the words of a command; and the seconds that a call may take."""

    name: str
    command: tuple[str, ...] = ()
    limit: float = 10.0
    warm_up: float = 60.0


def started(adapter: Adapter) -> process.Process:
    """Start the process that is named; AdapterError where it does not begin as the protocol has it."""
    if adapter.name:
        return process.worker(adapter.name, limit=adapter.limit, warm_up=adapter.warm_up)
    return process.Process(adapter.command, limit=adapter.limit, warm_up=adapter.warm_up)
