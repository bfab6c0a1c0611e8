"""A path mapping rule as an application sees it: four texts, read from the adaptor's rules.

The rules are applied by the adaptor (`ClientInterface.map_path`); an application gets them as data
when it wants to hand them to its own path mapping.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PathMappingRule:
    """Paths below `source_path` are below `destination_path` on this host.

    Args:
        source_path_format: How the source is written: `Posix`, `Windows` or `URI`.
        source_path: Directory where the job was made.
        destination_path: The same directory here.
        destination_os: How the destination is written, such as `Linux`.
    """

    source_path_format: str
    source_path: str
    destination_path: str
    destination_os: str


def rules_from_json(document: str) -> list[PathMappingRule]:
    """Read `{"path_mapping_rules": [rule, …]}`; keys of a rule that are not known are ignored.

    Raises:
        ValueError: the document has another form.
    """
    try:
        return [_rule(rule) for rule in json.loads(document)["path_mapping_rules"]]
    except (TypeError, KeyError) as error:
        raise ValueError(f"path mapping rules of an unknown form: {error!r}") from error


def _rule(rule: dict[str, Any]) -> PathMappingRule:
    return PathMappingRule(
        source_path_format=rule["source_path_format"],
        source_path=rule["source_path"],
        destination_path=rule["destination_path"],
        destination_os=rule["destination_os"],
    )
