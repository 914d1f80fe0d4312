"""What holds for the whole network."""

from manycast.client.wire import Wire
from manycast.schema.notices import MailServer, NewMailServer
from manycast.schema.sign_on import SignOn, SignOnChange, SignOnTrial
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

    def sign_on(self) -> SignOn:
        """RefusedError ``not-found`` when there is none."""
        return self._wire.ask("GET", "/settings/sign-on", SignOn)

    def set_sign_on(self, change: SignOnChange, version: int = 0) -> SignOn:
        """``version`` is that of the one before; 0 for the first."""
        return self._wire.ask("PUT", "/settings/sign-on", SignOn, body=change, version=version)

    def try_sign_on(self) -> SignOnTrial:
        """Ask the provider whether it is fit."""
        return self._wire.ask("POST", "/settings/sign-on/trial", SignOnTrial)

    def remove_sign_on(self) -> None:
        self._wire.send("DELETE", "/settings/sign-on")
