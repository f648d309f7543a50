"""Carries the tasks of a sweep out on an existing Dask cluster.

Its scheduler gives the tasks of a lost worker to another. Every task is one future, whose findings
are taken once. If a task ends one worker after the other until the scheduler gives it up, it is
tried in halves, as on this machine.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from nnspec.conformance.search import lanes, ranges
from nnspec.conformance.search.findings import Findings
from nnspec.conformance.search.sweep import Sweep
from nnspec.conformance.sources.description import AdapterError, Description
from nnspec.conformance.terms import extras
from nnspec.conformance.terms.outcomes import CRASHES

if TYPE_CHECKING:
    from nnspec.conformance.sources.process import Adapter

# Seconds in which the scheduler has to be reached, and a worker to be there.
_REACHING = 60


class Cluster:
    """The workers of a Dask cluster: each has the suite installed and loads the adapter by name."""

    def __init__(self, adapter: "Adapter", address: str) -> None:
        try:
            import distributed  # noqa: PLC0415  an optional library
        except ImportError:
            message = (
                "--scheduler needs the library distributed, which is not installed: "
                f"{extras.installing('cluster')}"
            )
            raise AdapterError(message) from None
        self._adapter, self._distributed = adapter, distributed
        try:
            self._client = distributed.Client(address, timeout=_REACHING)
        except (OSError, TimeoutError, ValueError) as error:
            message = f"there is no Dask scheduler at {address}: {error}"
            raise AdapterError(message) from None
        try:
            self._client.wait_for_workers(1, timeout=_REACHING)
            self.description: Description = self._client.submit(
                lanes.description_of, adapter, pure=False
            ).result()
        except TimeoutError:
            self._client.close()
            message = f"the Dask scheduler at {address} has no workers"
            raise AdapterError(message) from None
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def results(
        self, sweep: Sweep, planned: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[Description, Findings]]:
        """Yield the findings of every task as they come; Ctrl-C cancels the other tasks."""
        run, deaths = uuid4().hex, 0

        def submitted(task: tuple[int, int]) -> Any:
            first, count = task
            return self._client.submit(
                lanes.perform,
                self._adapter,
                sweep,
                first,
                count,
                key=f"sweep-{run}-{first}-{count}",
            )

        tasks = {future.key: (future, task) for task in planned for future in [submitted(task)]}
        coming = self._distributed.as_completed([future for future, _ in tasks.values()])
        try:
            for done in coming:
                future, task = tasks.pop(done.key)
                try:
                    yield future.result()
                except self._distributed.KilledWorker:
                    deaths += 1
                    parts = lanes.divided(task) if deaths < ranges.PATIENCE else [task]
                    if len(parts) == 1:
                        yield self.description, lanes.given_up(task, CRASHES)
                        continue
                    for part in parts:
                        again = submitted(part)
                        tasks[again.key] = again, part
                        coming.add(again)
        finally:
            for future, _ in tasks.values():
                future.cancel()
