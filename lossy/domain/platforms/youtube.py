"""YouTube, and the names under which it shows the same videos elsewhere."""

from lossy.domain.platforms.model import Adapter, Form, Kind, Platform, Player, Subject

MAIN = ("www.youtube.com", "youtube.com", "m.youtube.com", "music.youtube.com", "gaming.youtube.com")
KIDS = ("www.youtubekids.com", "youtubekids.com")
PLAYERS = (
    "www.youtube-nocookie.com",
    "youtube-nocookie.com",
    "www.youtubeeducation.com",
    "youtubeeducation.com",
)

YOUTUBE = Adapter(
    platform=Platform.YOUTUBE,
    hosts=MAIN,
    # Two paths that are no video are as long as an id.
    words={"id": "(?!videoseries|live_stream)[A-Za-z0-9_-]{11}"},
    forms=(
        Form(Kind.WATCH, "/watch", hosts=(*MAIN, *KIDS), query={"v": "id"}),
        Form(Kind.WATCH, "/watch/{id}"),
        Form(Kind.WATCH, "/watch_popup", query={"v": "id"}),
        Form(Kind.WATCH, "/playlist", query={"v": "id"}),
        Form(Kind.WATCH, "/", query={"v": "id"}),
        Form(Kind.SHARE, "/{id}", hosts=("youtu.be", "www.youtu.be")),
        Form(Kind.SHORT, "/shorts/{id}"),
        Form(Kind.LIVE, "/live/{id}"),
        Form(Kind.EMBED, "/embed/{id}", hosts=(*MAIN, *PLAYERS)),
        Form(Kind.EMBED, "/v/{id}", hosts=(*MAIN, *PLAYERS)),
        Form(Kind.EMBED, "/e/{id}"),
        Form(Kind.EDIT, "/video/{id}/*", hosts=("studio.youtube.com",)),
        Form(Kind.SHARE, "/attribution_link", follow="u"),
        Form(Kind.SHARE, "/oembed", follow="url"),
    ),
    subjects={"video": Subject("{id}", ("https://www.youtube.com/watch?v={id}",))},
    titles=(
        r"^\([0-9]+\+?\) ",  # what has not been read yet
        "(?:^(?:- )?| - )YouTube(?: Music| Studio| Kids)?$",
    ),
    player=Player(
        video=("video.html5-main-video", "#movie_player video", "video"),
        frame=("#movie_player", ".html5-video-player"),
        title=("ytd-watch-metadata h1", "#title h1", "h1.title"),
        moved=("yt-navigate-finish",),
    ),
)
