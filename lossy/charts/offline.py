"""The visualizer as one file that needs no server and no network: a page with its script, its style and its document.

What the page may do is said by hash, so that nothing else in it runs, whoever's words are in its charts.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lossy.charts.export.plain import Values

PAGE = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="{policy}">
  <title>Charts</title>
  <style>{style}</style>
</head>
<body class="charts">
  <main id="review"><noscript><p>This page draws statecharts with JavaScript, which is off.</p></noscript></main>
  <script type="application/json" id="document">{document}</script>
  <script>{script}</script>
</body>
</html>
"""


def offline(document: Values, script: str, style: str) -> str:
    """`script` is the one that the server serves; `style` is its style sheets with their fonts in them."""
    script = script.replace("</script", "<\\/script")
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "font-src data:; img-src blob:; base-uri 'none'; form-action 'none'"
    )
    return PAGE.format(policy=policy, style=style, document=embedded(document), script=script)


def embedded(document: Values) -> str:
    """JSON that no word in it can end early: `<` is escaped."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
