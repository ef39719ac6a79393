"""Vimeo. An unlisted video opens only with its hash, which is part of the path or the parameter `h`."""

from lossy.domain.platforms.model import Adapter, Form, Kind, Platform, Player, Subject

PLAYER = ("player.vimeo.com",)
PRO = ("vimeopro.com", "www.vimeopro.com")
UNLISTED = {"h": "hash"}

VIMEO = Adapter(
    platform=Platform.VIMEO,
    hosts=("vimeo.com", "www.vimeo.com", "m.vimeo.com"),
    words={
        "id": "[1-9][0-9]{4,11}",
        "event": "[1-9][0-9]{3,11}",
        "list": "[1-9][0-9]{2,11}",
        "hash": "[0-9a-f]{10}",
        "secret": "[0-9a-f]{10}",  # of a review link, which is not the hash of its video
        "review": "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "name": "[A-Za-z0-9_-]+",
        "portfolio": "[A-Za-z0-9_-]+",
        "file": "[a-z0-9.]+",
    },
    forms=(
        Form(Kind.WATCH, "/{id}/{hash}/*"),
        Form(Kind.WATCH, "/{id}/*", also=UNLISTED),
        Form(Kind.WATCH, "/video/{id}", also=UNLISTED),
        Form(Kind.WATCH, "/videos/{id}", also=UNLISTED),
        Form(Kind.WATCH, "/channels/{name}/{id}/*", also=UNLISTED),
        Form(Kind.WATCH, "/groups/{name}/videos/{id}/*", also=UNLISTED),
        Form(Kind.WATCH, "/album/{list}/video/{id}", also=UNLISTED),
        Form(Kind.WATCH, "/showcase/{list}/video/{id}/*", also=UNLISTED),
        Form(Kind.WATCH, "/showcase/{list}", query={"video": "id"}, also=UNLISTED),
        Form(Kind.WATCH, "/ondemand/{name}/{id}"),
        Form(Kind.WATCH, "/categories/{name}/videos/{id}"),
        Form(Kind.WATCH, "/{name}/{portfolio}/video/{id}", hosts=PRO),
        Form(Kind.EDIT, "/manage/videos/{id}/{hash}/*"),
        Form(Kind.EDIT, "/manage/videos/{id}/*", also=UNLISTED),
        Form(Kind.REVIEW, "/{name}/review/{id}/{secret}/*"),
        Form(Kind.REVIEW, "/reviews/{review}/videos/{id}"),
        Form(Kind.LIVE, "/event/{event}/*", shows="event"),
        Form(Kind.EMBED, "/video/{id}/*", hosts=PLAYER, also=UNLISTED),
        Form(Kind.EMBED, "/moogaloop.swf", query={"clip_id": "id"}),
        Form(Kind.FILE, "/external/{id}.{file}", hosts=PLAYER),
        Form(Kind.FILE, "/progressive_redirect/playback/{id}/*", hosts=PLAYER),
    ),
    subjects={
        "video": Subject(
            "{id}",
            (
                "https://vimeo.com/{id}/{hash}",
                "https://vimeo.com/{name}/review/{id}/{secret}",
                "https://vimeo.com/reviews/{review}/videos/{id}",
                "https://vimeo.com/{id}",
            ),
        ),
        "event": Subject("event/{event}", ("https://vimeo.com/event/{event}",)),
    },
    key="hash",
    titles=(r"(?:^| on | \| | - )Vimeo$",),
    player=Player(
        video=(".vp-video video", ".player video", "video"),
        frame=(".vp-player-ui-container", ".vp-video-wrapper", ".player"),
        title=("[data-test-id='video-title']", "h1"),
    ),
)
