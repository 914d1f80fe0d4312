"""What holds for the whole network."""

from manycast.client.wire import Wire
from manycast.schema.notices import MailServer, NewMailServer
from manycast.schema.site import EffectiveSettings, Site, SiteChange
from manycast.schema.system import System


class Sites:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def system(self) -> System:
        return self._wire.ask("GET", "/system", System)

    def read(self) -> Site:
        return self._wire.ask("GET", "/settings/site", Site)

    def change(self, site: Site, change: SiteChange) -> Site:
        return self._wire.ask("PATCH", "/settings/site", Site, body=change, version=site.version)

    def settings(self) -> EffectiveSettings:
        """What the control role runs with."""
        return self._wire.ask("GET", "/settings/effective", EffectiveSettings)

    def mail(self) -> MailServer:
        """Through which server e-mail leaves."""
        return self._wire.ask("GET", "/settings/mail", MailServer)

    def set_mail(self, before: MailServer, new: NewMailServer) -> MailServer:
        return self._wire.ask("PUT", "/settings/mail", MailServer, body=new, version=before.version)
