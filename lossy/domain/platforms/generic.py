"""Any page with a `<video>` in it. What may tell two videos apart stays: a page without noise is still the page."""

from lossy.domain.platforms.model import Generic, Noise

# Where a visitor came from.
CAMPAIGNS = (
    "utm_[a-z_]+|mtm_[a-z_]+|pk_[a-z_]+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|twclid|ttclid|yclid|igshid|igsh"
    "|mc_cid|mc_eid|_ga|_gl|_hsenc|_hsmi|mkt_tok|oly_anon_id|oly_enc_id|vero_id|s_cid"
)
# What a store of files signs a link with, each time anew: S3, CloudFront, Google.
SIGNATURES = "X-Amz-[A-Za-z-]+|X-Goog-[A-Za-z-]+|AWSAccessKeyId|GoogleAccessId|Signature|Expires|Key-Pair-Id|Policy"

GENERIC = Generic(
    noise=(
        Noise(CAMPAIGNS),
        Noise(SIGNATURES),
        # A place in the film has a unit. Without one it may be the number of a topic in a forum.
        Noise("t|start|time|time_continue", "(?:[0-9]+[hms])+"),
    ),
    route="[!/].*",
)
