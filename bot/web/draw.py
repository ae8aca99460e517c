"""Draws one Vega-Lite specification, read from standard input, as SVG on standard output."""

from __future__ import annotations

import sys

import vl_convert


def main() -> None:
    sys.stdout.write(vl_convert.vegalite_to_svg(sys.stdin.read(), allowed_base_urls=[]))


if __name__ == "__main__":
    main()
