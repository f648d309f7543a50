"""`conformance sweep`: an operation is judged at every number of a format."""

import argparse
from pathlib import Path

from nnspec.conformance.command import output, screen
from nnspec.conformance.command.certify import adapter_of
from nnspec.conformance.reports import sweep as report
from nnspec.conformance.reports.progress import tasks_progress
from nnspec.conformance.search import campaign, result
from nnspec.conformance.search.cluster import Cluster
from nnspec.conformance.search.lanes import Lanes


def main(options: argparse.Namespace) -> int:
    """Judge an operation at every number of a format; an interrupted sweep is continued."""
    campaign.refuse(options.operation, options.dtype)
    adapter = adapter_of(options, options.adapter, options.command)
    console, folder = screen.console(), Path(options.report)
    try:
        with (
            Cluster(adapter, options.scheduler)
            if options.scheduler is not None
            else Lanes(adapter, options.jobs) as crew
        ):
            swept = campaign.sweep_of(
                crew.description, options.operation, options.dtype, dict(options.parameter)
            )
            with tasks_progress(
                f"{swept.operation} in {swept.dtype}", campaign.planned(swept, options.part)
            ) as progress:
                swept_result = campaign.run(crew, swept, folder, options.part, progress)
    except KeyboardInterrupt:
        output.tell(
            f"interrupted; finished tasks are kept in {folder}, and the same command goes on after "
            "them"
        )
        return 2
    report.show(swept_result, console)
    console.print(f"\nWritten: {campaign.path_of(swept_result, folder)}", soft_wrap=True)
    return result.status(swept_result)
