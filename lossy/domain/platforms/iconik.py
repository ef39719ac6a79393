"""Iconik, at its own hosts and those that it gives to customers. An asset has one id on all of them.

The token of a share (`hash`) is in no normalised address: it signs its bearer in.
"""

from lossy.domain.platforms.model import Adapter, Form, Kind, Platform, Player, Subject

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

ICONIK = Adapter(
    platform=Platform.ICONIK,
    hosts=("*.iconik.io",),
    words={"asset": UUID, "collection": UUID, "code": "[A-Za-z0-9_-]{6,64}"},
    forms=(
        Form(Kind.WATCH, "/asset/{asset}/*"),
        Form(Kind.WATCH, "/assets/{asset}/*"),
        Form(Kind.WATCH, "/collection/{collection}/asset/{asset}/*"),
        Form(Kind.COLLECTION, "/collection/{collection}/*", shows="collection"),
        Form(Kind.SHARE, "/share/assets/{asset}/*", shows="shared"),
        Form(Kind.COLLECTION, "/share/collections/{collection}/*", shows="collection"),
        Form(Kind.SHARE, "/share/{code}", shows="share"),
        Form(Kind.SHARE, "/u/{code}", shows="share"),
        Form(Kind.SHARE, "/u/{code}", hosts=("icnk.io", "www.icnk.io"), shows="link"),
    ),
    subjects={
        "video": Subject("{asset}", ("https://{host}/asset/{asset}",)),
        "shared": Subject("{asset}", ("https://{host}/share/assets/{asset}",)),
        "collection": Subject("collection/{collection}", ("https://{host}/collection/{collection}",)),
        "share": Subject("share/{code}", ("https://{host}/share/{code}",)),
        "link": Subject("share/{code}", ("https://icnk.io/u/{code}",)),
    },
    titles=(r"^iconik(?: [|-] |$)", r" [|-] iconik$"),
    player=Player(video=("video.vjs-tech", "video"), frame=(".video-js",)),
)
