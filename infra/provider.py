"""A provider that knows nothing but a schema: what Terraform asks before, and never what a cloud answers."""

from __future__ import annotations

import json
import os
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import msgpack
from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc

from infra.schemas import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN = msgpack.ExtType(0, b"\x00")
UNBOUNDED = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


class SchemaOnly(rpc.ProviderServicer):
    """Answers Terraform Core from a schema: names, types, what is required, what only the cloud sets.

    A plan leaves unknown what the cloud would compute. Nothing is ever created: to apply is an error.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        self.resources, self.data = schema["resource_schemas"], schema["data_source_schemas"]
        self.answer = pb.GetProviderSchema.Response(
            provider=wire.schema(schema["provider"]),
            resource_schemas={name: wire.schema(found) for name, found in self.resources.items()},
            data_source_schemas={name: wire.schema(found) for name, found in self.data.items()},
            server_capabilities=pb.ServerCapabilities(get_provider_schema_optional=True),
        )

    def GetMetadata(self, request, context):
        return pb.GetMetadata.Response(
            server_capabilities=pb.ServerCapabilities(get_provider_schema_optional=True),
            resources=[pb.GetMetadata.ResourceMetadata(type_name=name) for name in self.resources],
            data_sources=[pb.GetMetadata.DataSourceMetadata(type_name=name) for name in self.data],
        )

    def GetProviderSchema(self, request, context):
        return self.answer

    def ValidateProviderConfig(self, request, context):
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request, context):
        block = self.resources[request.type_name]["block"]
        return pb.ValidateResourceConfig.Response(diagnostics=wire.faults(block, _unpack(request.config)))

    def ValidateDataResourceConfig(self, request, context):
        block = self.data[request.type_name]["block"]
        return pb.ValidateDataResourceConfig.Response(diagnostics=wire.faults(block, _unpack(request.config)))

    def ConfigureProvider(self, request, context):
        return pb.ConfigureProvider.Response()

    def GetFunctions(self, request, context):
        return pb.GetFunctions.Response()

    def PlanResourceChange(self, request, context):
        planned = _unpack(request.proposed_new_state)
        if planned is not None:
            planned = _unknown(self.resources[request.type_name]["block"], planned)
        return pb.PlanResourceChange.Response(planned_state=_pack(planned), legacy_type_system=True)

    def ApplyResourceChange(self, request, context):
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "this provider knows only a schema, and creates nothing")

    def ReadDataSource(self, request, context):
        read = _unpack(request.config)
        for name, attribute in self.data[request.type_name]["block"]["attributes"].items():
            if attribute.get("computed") and read.get(name) is None:
                read[name] = _made_up(name, attribute["type"])
        return pb.ReadDataSource.Response(state=_pack(read))

    def StopProvider(self, request, context):
        return pb.StopProvider.Response()


@contextmanager
def serving(schemas: dict[str, dict[str, Any]], folder: Path) -> Iterator[dict[str, str]]:
    """Serve each schema under its provider's address; gives the variables by which Terraform finds them."""
    servers, found = [], {}
    for address, schema in schemas.items():
        socket = folder / f"{address.rpartition('/')[2]}.sock"
        server = grpc.server(futures.ThreadPoolExecutor(4), options=UNBOUNDED)
        rpc.add_ProviderServicer_to_server(SchemaOnly(schema), server)
        server.add_insecure_port(f"unix://{socket}")
        server.start()
        servers.append(server)
        where = {"Network": "unix", "String": str(socket)}
        found[address] = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True, "Addr": where}
    try:
        yield {"TF_REATTACH_PROVIDERS": json.dumps(found)}
    finally:
        for server in servers:
            server.stop(0)


def _unknown(block: dict[str, Any], value: Any) -> Any:
    """The value, with unknown for whatever the cloud computes and the configuration leaves out."""
    if value is None or isinstance(value, msgpack.ExtType):
        return value
    for name, attribute in block.get("attributes", {}).items():
        if name.endswith("_wo"):
            value[name] = None  # sent, and never kept
        elif attribute.get("computed") and value.get(name) is None:
            value[name] = UNKNOWN
    for name, nested in block.get("block_types", {}).items():
        inner = value.get(name)
        if isinstance(inner, list):
            value[name] = [_unknown(nested["block"], one) for one in inner]
        elif isinstance(inner, dict) and nested["nesting_mode"] == "map":
            value[name] = {key: _unknown(nested["block"], one) for key, one in inner.items()}
        elif isinstance(inner, dict):
            value[name] = _unknown(nested["block"], inner)
    return value


def _made_up(name: str, kind: Any) -> Any:
    """A value for what is looked up: Terraform wants to know it before it plans. A policy allows nothing."""
    if name == "json":
        return json.dumps({"Version": "2012-10-17", "Statement": []})
    plain = {"string": f"{name}-of-the-cloud", "number": 0, "bool": False}
    return plain.get(kind) if isinstance(kind, str) else ({} if kind[0] in ("map", "object") else [])


def _unpack(value: pb.DynamicValue) -> Any:
    if not value.msgpack:
        return json.loads(value.json or "null")
    return msgpack.unpackb(value.msgpack, ext_hook=msgpack.ExtType, raw=False, strict_map_key=False)


def _pack(value: Any) -> pb.DynamicValue:
    return pb.DynamicValue(msgpack=msgpack.packb(value))
