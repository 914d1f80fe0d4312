"""How a node fetches from its parents: connections, waits, second tries, and whom it avoids."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParentsSettings:
    """The same for each parent; what is said of "one parent" holds for each by itself."""

    connections_max: int = 256
    """Open connections to one parent: a held playlist occupies one per rendition."""
    queue_max: int = 1_024
    """Fetches that wait for a connection to one parent; the next one goes to another parent, or fails
    at once instead of piling up."""
    connect_s: float = 3.0
    """Seconds to connect to one address: one lost SYN is repeated after 1 s, the second after 3 s."""
    addresses_max: int = 4
    """Addresses of one parent's name that are tried in turn; each may cost ``connect_s``."""
    resolve_s: float = 30.0
    """Seconds that the addresses of a name are used; they are also asked for anew after a failure."""
    ca_file: str = ""
    """PEM file with the authorities that sign the certificates of ``https://`` parents; empty trusts
    those of the system."""
    away_s: float = 4.0
    """Seconds that fetches wait for parents of which none can be reached: a role that its supervisor
    starts again is back within two, and players would count errors instead. Away for longer, each
    fetch fails at once."""
    first_byte_s: float = 15.0
    """Seconds from the request to the end of the reply's head, all tries together, unless the fetch
    names its own wait."""
    idle_s: float = 30.0
    """Seconds between two pieces of a body; a publisher that returns may take this long."""
    head_bytes_max: int = 65_536
    """Bytes of a reply's head, interim replies (1xx) before it included."""
    interim_max: int = 16
    """Interim replies before the final one; servers send one or two."""
    keep_idle_s: float = 30.0
    """Seconds an unused connection is kept; shorter than servers keep theirs (60-75 s)."""
    attempts_max: int = 3
    """Parents that one request is sent to; those that cannot be reached do not count."""
    retry_ratio: float = 0.2
    """Retries for each request, over time: when everything fails, parents get a fifth more and not
    several times as much."""
    retry_burst: int = 256
    """Retries saved up: all requests in flight to a parent that is killed may go to the next."""
    try_s: float = 4.0
    """Seconds without a reply's head until another parent is asked as well: far beyond what a parent
    takes that is not in trouble. Never for held live requests, which are slow on purpose."""
    hedge_ratio: float = 0.05
    """Second requests for slow replies for each request, over time: p95 leaves 5 % that are slow."""
    hedge_burst: int = 10
    """Such requests saved up."""
    hedge_s_min: float = 0.05
    """Seconds before any second request: below, waiting is cheaper than asking twice."""
    hedge_samples: int = 20
    """Answer times of a parent needed to speak of its p95."""
    samples: int = 128
    """Answer times remembered for one parent, the last ones."""
    proof_bytes_max: int = 65_536
    """Announced bytes of a reply that is passed on only when it is whole, so that another parent can
    make good for one that breaks off or lies about its length."""
    proof_s: float = 0.05
    """Seconds such a reply is waited for; then it is passed on as it comes."""
    slow_factor: float = 3.0
    """Times the p95 of the other parents beyond which an answer counts as a failure."""
    slow_s: float = 0.5
    """Seconds below which no answer does."""
    eject_failures: int = 5
    """Failures in a row after which a parent is avoided; one that cannot be reached is at once."""
    eject_ratio: float = 0.5
    """Share of failures after which it is."""
    eject_volume: int = 10
    """Requests within the window below which the share says nothing."""
    eject_window_s: float = 3.0
    """Seconds over which that share is taken: so long a half-broken parent is put up with."""
    ejected_s: float = 1.0
    """Seconds until an avoided parent gets one request to prove itself; doubled while it fails."""
    ejected_s_max: float = 4.0
    """Seconds no such wait exceeds: how late a recovery may be noticed. What is asked too early costs
    little, since another parent is asked as well."""
    ejected_share_max: float = 0.5
    """Share of parents that may be avoided at once, rounded down but at least one of two: if more
    fail, the cause is elsewhere, and the rest could not bear the load. Only a group with a fallback
    may be avoided as a whole."""
    health_s: float = 0.0
    """Seconds between requests to ``health_path`` of each parent; 0 sends none, since what becomes of
    ordinary requests tells enough, and not every origin likes to be asked."""
    health_path: str = "/healthz"
    """Any answer below 500 is well: an origin that does not know the path is alive. Also asked of a
    parent that is avoided while viewers ask for live media only, which cannot be risked."""
