"""What of a camera's address is nobody's business, beside its user part and query: hidden by device and hub alike."""

import re

IN_PATH = re.compile(
    r"((?:user(?:name)?|pass(?:wd|word)?|pwd)=)"
    r"(.*?)(?=[&;]\w+=|_(?:user(?:name)?|pass(?:wd|word)?|pwd|channel|stream)=|\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""Some recorders take credentials in the path: `/user=admin&password=secret&channel=1`, or with `_` between them.

Groups: the name with its `=`, and the value.
"""
