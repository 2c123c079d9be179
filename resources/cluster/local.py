"""The cluster itself: started, looked at and stopped; what runs is kept in one file of its folder."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from lakehouse_assets.errors import EngineError
from resources.cluster.java import require_java
from resources.cluster.processes import Process, answers, free_ports, start, wait_until

PROFILE = Path(__file__).with_name("spark-defaults.conf")
DELTA = "io.delta:delta-spark_4.2_2.13:4.4.0"
S3 = "org.apache.hadoop:hadoop-aws:3.5.0"
STATE = "cluster.json"
# For minutes of work on one core each: machine code that takes long to make never pays, nor do threads that collect.
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
JARS_SECONDS = 900.0  # for the jars to arrive, the first time


@dataclass(frozen=True)
class Size:
    """How large the cluster is; two workers of one core and 1.2 GB of heap each fit on a laptop."""

    workers: int = 2
    cores: int = 1
    memory_mb: int = 2048  # that a worker gives away
    heap_mb: int = 1200  # of an executor's JVM; Python processes of executors live in the rest
    server_mb: int = 1024


@dataclass(frozen=True)
class Cluster:
    """A running cluster: where to reach it, and its processes."""

    remote: str  # for SPARK_REMOTE
    ui: str  # of the application: plans, stages, tasks
    master_ui: str
    processes: tuple[Process, ...]

    @property
    def alive(self) -> bool:
        """Whether all its processes run."""
        return all(process.alive for process in self.processes)

    def stop(self) -> None:
        """End its processes, the last one started first."""
        for process in reversed(self.processes):
            process.stop()


def jar_cache() -> Path:
    """Where jars are kept between starts: a folder of its own, since a shared one may hold half of a jar's files."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "lakehouse-assets" / "ivy"


def running(folder: Path) -> Cluster | None:
    """The cluster that was started in `folder` and not stopped, whether its processes still run or not."""
    state = folder / STATE
    if not state.exists():
        return None
    told = json.loads(state.read_text())
    return Cluster(**{**told, "processes": tuple(Process(**p) for p in told["processes"])})


def stop_cluster(folder: Path) -> bool:
    """End the cluster of `folder`; False where none was started."""
    cluster = running(folder)
    if cluster is None:
        return False
    cluster.stop()
    (folder / STATE).unlink(missing_ok=True)
    return True


def start_cluster(
    folder: Path,
    size: Size | None = None,
    *,
    s3: bool = True,
    lasting: bool = False,
    settings: Mapping[str, str] | None = None,
) -> Cluster:
    """Start a cluster that keeps its logs and state in `folder`, on free ports of 127.0.0.1, and wait until it serves.

    The jars of Delta Lake, and with `s3` those for S3, come from Maven Central the first time. Without `lasting` its
    JVMs start quickly and never run at their fastest. `settings` are Spark settings beside the profile's. Raises
    EngineError where Java is missing or too old, where a cluster runs in `folder` already, and where a process ends;
    nothing is left running then.
    """
    require_java()
    _require_none(folder)
    folder.mkdir(parents=True, exist_ok=True)
    started: list[Process] = []
    try:
        quick = {} if lasting else {f"spark.{part}.extraJavaOptions": QUICK for part in ("driver", "executor")}
        cluster = _start(folder.resolve(), size or Size(), started, s3=s3, settings=quick | dict(settings or {}))
    except BaseException:
        for process in reversed(started):
            process.stop()
        raise
    (folder / STATE).write_text(json.dumps(asdict(cluster), indent=2))
    return cluster


def _require_none(folder: Path) -> None:
    cluster = running(folder)
    if cluster is None:
        return
    if cluster.alive:
        raise EngineError(
            "a cluster runs already", where=cluster.remote, remedy="use it, or stop it first: make cluster-stop"
        )
    stop_cluster(folder)  # what is left of one that died


def _start(folder: Path, size: Size, started: list[Process], *, s3: bool, settings: dict[str, str]) -> Cluster:
    environment = _environment(folder)
    home = environment["SPARK_HOME"]
    master_port, master_ui, port, ui = free_ports(4)
    master = f"spark://127.0.0.1:{master_port}"

    def run(name: str, command: list[str]) -> Process:
        process = start(name, command, folder / f"{name}.log", environment)
        started.append(process)
        return process

    spark_class = f"{home}/bin/spark-class"
    deploy = "org.apache.spark.deploy"
    listens = ["--host", "127.0.0.1", "--port", str(master_port), "--webui-port", str(master_ui)]
    leader = run("master", [spark_class, f"{deploy}.master.Master", *listens])
    wait_until(lambda: answers(master_port) and answers(master_ui), leader, 60)
    for i in range(1, size.workers + 1):
        gives = ["--host", "127.0.0.1", "-c", str(size.cores), "-m", f"{size.memory_mb}m", "--webui-port", "0"]
        run(f"worker-{i}", [spark_class, f"{deploy}.worker.Worker", *gives, "-d", str(folder / f"work-{i}"), master])
    configuration = {
        "spark.master": master,
        "spark.jars.ivy": str(jar_cache()),
        "spark.driver.memory": f"{size.server_mb}m",
        "spark.executor.memory": f"{size.heap_mb}m",
        "spark.executor.cores": str(size.cores),
        "spark.ui.port": str(ui),
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        **_s3_settings(environment),
        **settings,
    }
    server = "org.apache.spark.sql.connect.service.SparkConnectServer"
    packages = ",".join([DELTA, *([S3] if s3 else [])])
    command = [f"{home}/bin/spark-submit", "--class", server, "--packages", packages]
    command += ["--properties-file", str(PROFILE)]
    command += [part for key, value in configuration.items() for part in ("--conf", f"{key}={value}")]
    connect = run("connect", [*command, "spark-internal"])
    wait_until(lambda: answers(port), connect, JARS_SECONDS)
    wait_until(lambda: _cores(master_ui) >= size.workers * size.cores, connect, 60)
    return Cluster(f"sc://127.0.0.1:{port}", f"http://127.0.0.1:{ui}", f"http://127.0.0.1:{master_ui}", tuple(started))


def _environment(folder: Path) -> dict[str, str]:
    import pyspark

    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SPARK_", "PYSPARK_"))}
    return {
        **kept,
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "512m",
        "SPARK_WORKER_DIR": str(folder),
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        "SPARK_CONF_DIR": str(folder),  # not one of another Spark on this machine
        "PYSPARK_PYTHON": sys.executable,
    }


def _s3_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """What Hadoop's S3 client does not read from the environment by itself: another address than AWS's, the region."""
    address = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    found = {"spark.hadoop.fs.s3a.endpoint.region": region} if region else {}
    if address:
        found |= {
            "spark.hadoop.fs.s3a.endpoint": address,
            "spark.hadoop.fs.s3a.path.style.access": "true",
            "spark.hadoop.fs.s3a.connection.ssl.enabled": str(address.startswith("https")).lower(),
        }
    return found


def _cores(master_ui: int) -> int:
    """How many cores of the workers compute for the server."""
    with urllib.request.urlopen(f"http://127.0.0.1:{master_ui}/json/", timeout=5) as answer:
        told = json.load(answer)
    return int(told["coresused"])
