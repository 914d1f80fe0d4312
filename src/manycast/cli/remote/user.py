"""The verbs of `manycast user`."""

from argparse import Namespace

from manycast.cli.asking import Answer, table
from manycast.client.network import Network
from manycast.schema.users import MadeInvitation, NewInvitation, PasswordReset, User, UserChange


def list(network: Network, _: Namespace) -> Answer:  # noqa: A001  the verb's name
    users, invited = [*network.users.all()], [*network.invitations.all()]
    rows = [
        *(
            (user.name, user.role, "disabled" if user.disabled else "-", user.email or "-")
            for user in users
        ),
        *((one.note or one.id, one.role, f"{one.kind}-link", one.email or "-") for one in invited),
    ]
    said = {
        "items": [user.model_dump(mode="json") for user in users],
        "invitations": [one.model_dump(mode="json") for one in invited],
    }
    return Answer(said, table("NAME ROLE STATE E-MAIL", rows))


def invite(network: Network, arguments: Namespace) -> Answer:
    wanted = NewInvitation(
        role=arguments.role,
        channels=arguments.channel,
        email=arguments.email,
        note=arguments.note,
        expires_in_s=None,
    )
    return _linked(network.invitations.create(wanted))


def role(network: Network, arguments: Namespace) -> Answer:
    changed = network.users.change(_find(network, arguments), UserChange(role=arguments.role))
    return _changed(changed, f"is {changed.role} now")


def disable(network: Network, arguments: Namespace) -> Answer:
    changed = network.users.change(_find(network, arguments), UserChange(disabled=True))
    return _changed(changed, "is let in no more")


def enable(network: Network, arguments: Namespace) -> Answer:
    changed = network.users.change(_find(network, arguments), UserChange(disabled=False))
    return _changed(changed, "is let in again")


def reset(network: Network, arguments: Namespace) -> Answer:
    wanted = PasswordReset(forget_second_factor=arguments.forget_second_factor, expires_in_s=None)
    return _linked(network.users.reset(_find(network, arguments).id, wanted))


def remove(network: Network, arguments: Namespace) -> Answer:
    user = _find(network, arguments)
    network.users.delete(user)
    return Answer({}, f"{user.name} is removed")


def _find(network: Network, arguments: Namespace) -> User:
    """By name, whatever its case. Raises LookupError."""
    for user in network.users.all():
        if user.name.casefold() == arguments.name.casefold():
            return user
    raise LookupError(f"nobody is called {arguments.name!r}: see `manycast user list`")


def _changed(user: User, what: str) -> Answer:
    return Answer(user.model_dump(mode="json"), f"{user.name} {what}")


def _linked(made: MadeInvitation) -> Answer:
    text = f"{made.link}\n(works once, until {made.invitation.expires_at:%Y-%m-%d %H:%M} UTC; shown this once)"
    return Answer(made.model_dump(mode="json"), text)
