"""Reading a provider's schema out of its bindings: JavaScript and type declarations that a generator printed from it.

For every attribute the generator prints `// name - computed: x, optional: y, required: z`, and for every one that can
be set its kind and the type of its elements. Lost are minimum counts above one, conflicts, defaults and validators.
"""

from __future__ import annotations

import re
from typing import Any

FUNCTION = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}", re.M | re.S)
CLASS = re.compile(r"^class (\w+) extends cdktn\.(\w+) \{\n(.*?)^\}", re.M | re.S)
ATTRIBUTE = re.compile(
    r"^    // (\w+) - computed: (\w+), optional: (\w+), required: (\w+)\n"
    r"(.*?)(?=^    // \w+ - computed: |^    // =====|\Z)",
    re.M | re.S,
)
SETTABLE = re.compile(
    r'^ +(\w+): \{\n +value: (.*?),\n +isBlock: (\w+),\n +type: "(\w+)",\n +storageClassType: "(\w+)",\n +\},',
    re.M | re.S,
)
INTERFACE = re.compile(r"^export interface (\w+)[^{]*\{\n(.*?)^\}", re.M | re.S)
MEMBER = re.compile(r"/\*\*(?P<doc>(?:(?!\*/).)*)\*/\s*readonly (?P<name>\w+)(?P<opt>\??): (?P<type>[^;]+);", re.S)
LINK = re.compile(r"#(\w+) \w+#\w+\}")
PLAIN = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
KINDS = {"TerraformResource": "resource", "TerraformDataSource": "data", "TerraformProvider": "provider"}
GETTERS = (
    (r"\.getStringMapAttribute\(", ["map", "string"]),
    (r"\.getNumberMapAttribute\(", ["map", "number"]),
    (r"\.getBooleanMapAttribute\(", ["map", "bool"]),
    (r"\.getNumberListAttribute\(|Token\.asNumberList", ["list", "number"]),
    (r"\.getListAttribute\(", ["list", "string"]),
    (r"\.getStringAttribute\(", "string"),
    (r"\.getNumberAttribute\(", "number"),
    (r"\.getBooleanAttribute\(", "bool"),
    (r"new cdktn\.StringMap\(", ["map", "string"]),
    (r"new cdktn\.NumberMap\(", ["map", "number"]),
    (r"new cdktn\.BooleanMap\(", ["map", "bool"]),
)
CONTAINERS = {"OutputReference": "single", "List": "list", "Map": "map"}


class Binding:
    """One resource, data source or provider as its package has it; `kind` and `name` say which."""

    def __init__(self, script: str, declarations: str) -> None:
        script = re.sub(r"\b(?:index|structs\d+)_\d+\.", "", script)  # large ones are split over several files
        self.settable = {_capital(m[1]): {h[1]: h for h in SETTABLE.finditer(m[2])} for m in FUNCTION.finditer(script)}
        self.classes = {m[1]: (m[2], m[3]) for m in CLASS.finditer(script)}
        self.main = next((name for name, (base, _) in self.classes.items() if base in KINDS), "")
        self.members = {m[1]: dict(_members(m[2])) for m in INTERFACE.finditer(declarations)}
        base, self.body = self.classes.get(self.main, ("", ""))
        self.kind = KINDS.get(base, "")
        found = re.search(r'static tfResourceType = "(\w+)"', self.body)
        self.name = found[1] if found else ""
        version = re.search(r"providerVersion: '([^']+)'", self.body)
        self.version = version[1] if version else ""

    def block(self) -> dict[str, Any]:
        """Its schema, in the form of `terraform providers schema -json`."""
        start = self.body.find("synthesizeHclAttributes")
        top = {m[1]: m for m in SETTABLE.finditer(self.body[start:])} if start >= 0 else {}
        config = self.members.get(f"{self.main}Config", {})
        older = "SDK version below 2" in config["id"][2] if "id" in config else False
        self.flat = self.kind == "provider" or older or (self.kind == "data" and "id" in top)
        block = self._struct(self.main, self.main, f"{self.main}Config", top)
        if self.kind == "provider":
            block["attributes"].pop("alias", None)
        return block

    def _struct(self, name: str, class_: str = "", interface: str = "", settable: Any = None) -> dict[str, Any]:
        body = self.classes.get(class_ or f"{name}OutputReference", ("", ""))[1]
        flags = {m[1]: ([m[i] == "true" for i in (2, 3, 4)], m[5]) for m in ATTRIBUTE.finditer(body)}
        settable = self.settable.get(name, {}) if settable is None else settable
        members = self.members.get(interface or name, {})
        block: dict[str, Any] = {"attributes": {}}
        for key in sorted(set(flags) | set(settable)):
            (computed, optional, required), getter = flags.get(key, ([False, True, False], ""))
            if key not in flags and key in members:  # a provider's own settings have no getters
                required, optional = members[key][0], not members[key][0]
            found = settable.get(key)
            if found is not None and found[3] != "false" and members.get(key, (False, False))[1]:
                block.setdefault("block_types", {})[key] = self._nested_block(found, required=required)
                continue
            attribute = self._settable(found) if found is not None else self._computed(getter)
            said = {"required": required, "optional": optional, "computed": computed}
            if not any(said.values()):
                said["computed"] = True
            block["attributes"][key] = attribute | {flag: True for flag, is_so in said.items() if is_so}
        return block

    def _inner(self, found: re.Match[str]) -> dict[str, Any]:
        name = re.search(r"(?<!\.)\b(\w+)ToHclTerraform", found[2])
        return self._struct(_capital(name[1])) if name else {"attributes": {}}

    def _nested_block(self, found: re.Match[str], *, required: bool) -> dict[str, Any]:
        mode = {"struct": "single"}.get(found[4], found[4])
        nested: dict[str, Any] = {"nesting_mode": mode, "block": self._inner(found)}
        if mode in ("list", "set"):
            nested |= {"max_items": 1} if "Mapper" not in found[2] else {}
            nested |= {"min_items": 1} if required else {}
        return nested

    def _settable(self, found: re.Match[str]) -> dict[str, Any]:
        if found[3] == "false":
            return {"type": _type(found[4], found[5])}
        return self._object(self._inner(found), {"struct": "single"}.get(found[4], found[4]))

    def _computed(self, getter: str) -> dict[str, Any]:
        found = re.search(r'= new (\w+?)(OutputReference|List|Map)\(this, "\w+"(?:, (true|false))?', getter)
        if found and found[1] != "cdktn":
            mode = "set" if found[2] == "List" and found[3] == "true" else CONTAINERS[found[2]]
            return self._object(self._struct(found[1]), mode)
        kind = next((kind for pattern, kind in GETTERS if re.search(pattern, getter)), "dynamic")
        if "cdktn.Fn.tolist(" in getter and isinstance(kind, list) and kind[0] == "list":
            kind = ["set", kind[1]]
        return {"type": kind}

    def _object(self, inner: dict[str, Any], mode: str) -> dict[str, Any]:
        if self.flat:  # the older protocol knows no attributes within attributes, only types of objects
            kind = _object_type(inner)
            return {"type": kind if mode == "single" else [mode, kind]}
        return {"nested_type": {"attributes": inner["attributes"], "nesting_mode": mode}}


def _members(body: str) -> Any:
    for member in MEMBER.finditer(body):
        link = LINK.search(member["doc"])
        if link:
            is_block = bool(re.search(rf"\* {link[1]} block\s*$", member["doc"], re.M))
            yield link[1], (member["opt"] != "?", is_block, member["doc"])


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _type(kind: str, stored: str) -> Any:
    if kind == "simple":
        return PLAIN[stored]
    found = re.fullmatch(r"(string|number|boolean|any)((?:List|Map|Set)*)", stored)
    if not found:
        return "dynamic"
    inner: Any = PLAIN[found[1]]
    for container in re.findall("List|Map|Set", found[2])[:-1]:
        inner = [container.lower(), inner]
    return "dynamic" if kind == "map" and inner == "dynamic" else [kind, inner]


def _object_type(block: dict[str, Any]) -> list[Any]:
    fields = {}
    for name, attribute in block["attributes"].items():
        nested = attribute.get("nested_type")
        kind = attribute["type"] if nested is None else _object_type(nested)
        single = nested is None or nested["nesting_mode"] == "single"
        fields[name] = kind if single else [nested["nesting_mode"], kind]
    fields |= {name: _object_type(nested["block"]) for name, nested in block.get("block_types", {}).items()}
    return ["object", fields]
