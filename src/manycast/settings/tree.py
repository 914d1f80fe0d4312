"""The whole tree of settings, one group for each room that has any."""

from dataclasses import dataclass, field

from manycast.settings.accounts import AccountsSettings
from manycast.settings.cache import CacheSettings
from manycast.settings.compression import CompressionSettings
from manycast.settings.control import ControlSettings
from manycast.settings.destinations import DestinationsSettings
from manycast.settings.disk import DiskSettings
from manycast.settings.edge import EdgeSettings
from manycast.settings.guard import GuardSettings
from manycast.settings.http import HttpServerSettings
from manycast.settings.ladder import LadderSettings
from manycast.settings.log import LogSettings
from manycast.settings.network import NetworkSettings
from manycast.settings.notices import NoticesSettings
from manycast.settings.origin import OriginSettings
from manycast.settings.parents import ParentsSettings
from manycast.settings.platforms import PlatformsSettings
from manycast.settings.recording import RecordingSettings
from manycast.settings.rtmp import RtmpSettings
from manycast.settings.shared import SharedSettings
from manycast.settings.state import StateSettings
from manycast.settings.tls import TlsSettings
from manycast.settings.whip import WhipSettings
from manycast.settings.workers import WorkersSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """As in a settings file: one table for each field."""

    network: NetworkSettings = field(default_factory=NetworkSettings)
    rtmp: RtmpSettings = field(default_factory=RtmpSettings)
    ladder: LadderSettings = field(default_factory=LadderSettings)
    origin: OriginSettings = field(default_factory=OriginSettings)
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    edge: EdgeSettings = field(default_factory=EdgeSettings)
    cache: CacheSettings = field(default_factory=CacheSettings)
    disk: DiskSettings = field(default_factory=DiskSettings)
    parents: ParentsSettings = field(default_factory=ParentsSettings)
    shared: SharedSettings = field(default_factory=SharedSettings)
    http: HttpServerSettings = field(default_factory=HttpServerSettings)
    guard: GuardSettings = field(default_factory=GuardSettings)
    tls: TlsSettings = field(default_factory=TlsSettings)
    workers: WorkersSettings = field(default_factory=WorkersSettings)
    log: LogSettings = field(default_factory=LogSettings)
    compression: CompressionSettings = field(default_factory=CompressionSettings)
    control: ControlSettings = field(default_factory=ControlSettings)
    state: StateSettings = field(default_factory=StateSettings)
    accounts: AccountsSettings = field(default_factory=AccountsSettings)
    notices: NoticesSettings = field(default_factory=NoticesSettings)
    destinations: DestinationsSettings = field(default_factory=DestinationsSettings)
    platforms: PlatformsSettings = field(default_factory=PlatformsSettings)
    whip: WhipSettings = field(default_factory=WhipSettings)
