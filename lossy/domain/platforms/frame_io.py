"""Frame.io, the older at app.frame.io and version 4 at next.frame.io.

A link that was given out may be the only one that its recipient can open, so an asset keeps the link that it was seen
through. Of a review, a share or a short link that names no asset nobody outside knows which one it shows: it has the
id of the link.
"""

from lossy.domain.platforms.model import Adapter, Form, Kind, Platform, Player, Subject

APP, NEXT = ("app.frame.io",), ("next.frame.io",)
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

FRAME_IO = Adapter(
    platform=Platform.FRAME_IO,
    hosts=(*APP, *NEXT),
    words={
        **dict.fromkeys(("asset", "project", "review", "presentation", "share"), UUID),
        "code": "[A-Za-z0-9_-]{6,12}",
    },
    forms=(
        Form(Kind.WATCH, "/player/{asset}/*", hosts=APP),
        Form(Kind.WATCH, "/player/{asset}/*", hosts=NEXT, shows="next"),
        Form(Kind.EMBED, "/embed/{asset}/*", hosts=NEXT, shows="next"),
        Form(Kind.WATCH, "/project/{project}/view/{asset}/*"),
        Form(Kind.WATCH, "/projects/{project}/view/{asset}/*"),
        Form(Kind.REVIEW, "/reviews/{review}/{asset}/*"),
        Form(Kind.REVIEW, "/reviews/{review}", shows="review"),
        Form(Kind.REVIEW, "/presentations/{presentation}/{asset}/*"),
        Form(Kind.REVIEW, "/presentations/{presentation}", shows="presentation"),
        Form(Kind.SHARE, "/share/{share}/view/{asset}/*"),
        Form(Kind.SHARE, "/share/{share}", shows="share"),
        Form(Kind.SHARE, "/{code}", hosts=("f.io", "www.f.io"), shows="link"),
    ),
    subjects={
        "video": Subject(
            "{asset}",
            (
                "https://next.frame.io/share/{share}/view/{asset}",
                "https://next.frame.io/project/{project}/view/{asset}",
                "https://app.frame.io/reviews/{review}/{asset}",
                "https://app.frame.io/presentations/{presentation}/{asset}",
                "https://app.frame.io/player/{asset}",
            ),
        ),
        "next": Subject("{asset}", ("https://next.frame.io/player/{asset}",)),
        "review": Subject("review/{review}", ("https://app.frame.io/reviews/{review}",)),
        "presentation": Subject("presentation/{presentation}", ("https://app.frame.io/presentations/{presentation}",)),
        "share": Subject("share/{share}", ("https://next.frame.io/share/{share}",)),
        "link": Subject("link/{code}", ("https://f.io/{code}",)),
    },
    titles=(r"(?:^| [|·-] )Frame\.io$",),
    player=Player(video=("[class*='player' i] video", "video"), title=("[data-testid='asset-name']",)),
)
