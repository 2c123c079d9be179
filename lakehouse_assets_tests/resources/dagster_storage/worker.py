"""What the other processes of these tests do: `python worker.py <command> <home> ...`."""

import logging
import os
import signal
import sys

import dagster as dg

DAYS = dg.DailyPartitionsDefinition("2017-01-01", end_date="2017-02-01")
RANGE = {
    "dagster/asset_partition_range_start": "2017-01-01",
    "dagster/asset_partition_range_end": "2017-01-31",
}


@dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
def finished(context: dg.AssetExecutionContext) -> None:
    for number in range(100):
        context.log.info("line %s", number)


@dg.asset(partitions_def=DAYS, deps=[finished], backfill_policy=dg.BackfillPolicy.single_run())
def deadly() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def write(instance: dg.DagsterInstance, run_id: str, count: int) -> None:
    for number in range(count):
        instance.handle_new_event(
            dg.EventLogEntry(
                error_info=None,
                level=logging.INFO,
                user_message=f"event {number}",
                run_id=run_id,
                timestamp=1.0,
                job_name="job",
            )
        )


def main(command: str, home: str, *arguments: str) -> None:
    if command in ("write", "race"):
        # Everyone is loaded before anyone begins.
        print("ready", flush=True)
        sys.stdin.readline()
    instance = dg.DagsterInstance.from_config(home)
    if command in ("write", "race"):
        write(instance, arguments[0], int(arguments[1]))
    elif command == "materialize":
        dg.materialize([finished], instance=instance, tags=RANGE)
    elif command == "die-in-next-step":
        dg.materialize([finished, deadly], instance=instance, tags=RANGE)
    elif command == "fork":
        write(instance, "parent", 1)
        if os.fork() == 0:
            write(instance, "child", 10)
            os._exit(0)
        write(instance, "parent", 9)
        os.wait()
    # No `dispose`: a process that ends without manners must not lose anything either.


if __name__ == "__main__":
    main(*sys.argv[1:])
