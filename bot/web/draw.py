"""Draws Vega-Lite specifications, a list of them read from standard input, as a list of SVG on standard output; none for a bad one."""

from __future__ import annotations

import json
import sys

import vl_convert


def main() -> None:
    drawn: list[str | None] = []
    for specification in json.load(sys.stdin):
        try:
            drawn.append(vl_convert.vegalite_to_svg(specification, allowed_base_urls=[]))
        except ValueError:
            drawn.append(None)
    json.dump(drawn, sys.stdout)


if __name__ == "__main__":
    main()
