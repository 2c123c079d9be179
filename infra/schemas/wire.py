"""A schema as Terraform Core takes it, and the one rule of it that a provider must keep itself."""

from __future__ import annotations

import json
from typing import Any

from tf.gen import tfplugin_pb2 as pb

BLOCKS = {"single": 1, "list": 2, "set": 3, "map": 4, "group": 5}
# Of an attribute whose value is sent and never kept: a field of the protocol that the generated messages lack.
WRITE_ONLY = b"\x58\x01"
OBJECTS = {"single": 1, "list": 2, "set": 3, "map": 4}


def schema(described: dict[str, Any]) -> pb.Schema:
    """A resource's, data source's or provider's schema, from the form of `terraform providers schema -json`."""
    return pb.Schema(version=described.get("version", 0), block=_block(described["block"]))


def faults(block: dict[str, Any], value: Any, path: tuple[str | int, ...] = ()) -> list[pb.Diagnostic]:
    """What a provider says of attributes that only the cloud sets, where the configuration sets them."""
    if not isinstance(value, dict):
        return []
    found = []
    for name, attribute in block.get("attributes", {}).items():
        settable = attribute.get("optional") or attribute.get("required") or not attribute.get("computed")
        if not settable and value.get(name) is not None:
            found.append(_unconfigurable(name, (*path, name)))
    for name, nested in block.get("block_types", {}).items():
        inner = value.get(name)
        for place, one in enumerate(inner if isinstance(inner, list) else [inner]):
            step = (place,) if nested["nesting_mode"] == "list" else ()
            found += faults(nested["block"], one, (*path, name, *step))
    return found


def _unconfigurable(name: str, path: tuple[str | int, ...]) -> pb.Diagnostic:
    step = pb.AttributePath.Step
    steps = [step(attribute_name=p) if isinstance(p, str) else step(element_key_int=p) for p in path]
    return pb.Diagnostic(
        severity=pb.Diagnostic.ERROR,
        summary="Value for unconfigurable attribute",
        detail=f'Can\'t configure a value for "{name}": only the cloud decides it.',
        attribute=pb.AttributePath(steps=steps),
    )


def _block(described: dict[str, Any]) -> pb.Schema.Block:
    block = pb.Schema.Block(version=0)
    block.attributes.extend(_attribute(*pair) for pair in sorted(described.get("attributes", {}).items()))
    for name, nested in sorted(described.get("block_types", {}).items()):
        block.block_types.append(
            pb.Schema.NestedBlock(
                type_name=name,
                block=_block(nested["block"]),
                nesting=BLOCKS[nested["nesting_mode"]],
                min_items=nested.get("min_items", 0),
                max_items=nested.get("max_items", 0),
            )
        )
    return block


def _attribute(name: str, described: dict[str, Any]) -> pb.Schema.Attribute:
    attribute = pb.Schema.Attribute(
        name=name, **{flag: described.get(flag, False) for flag in ("required", "optional", "computed")}
    )
    if "nested_type" in described:
        nested = described["nested_type"]
        attribute.nested_type.nesting = OBJECTS[nested["nesting_mode"]]
        attribute.nested_type.attributes.extend(_attribute(*pair) for pair in sorted(nested["attributes"].items()))
    else:
        attribute.type = json.dumps(described["type"]).encode()
    if name.endswith("_wo"):  # so providers call what is write-only; the bindings do not say it otherwise
        attribute.MergeFromString(WRITE_ONLY)
    return attribute
