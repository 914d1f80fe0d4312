from manycast.runtime.store import mail
from manycast.runtime.store.mail import MailSettings
from manycast.runtime.store.store import Store


def test_before_anybody_set_one_there_is_no_mail_server(store: Store) -> None:
    with store.read() as db:
        found, row = mail.read(db)
    assert (found.host, row) == ("", None)
    assert mail.password(row, store.secrets) == ""


def test_the_password_is_sealed(store: Store) -> None:
    with store.record() as db:
        mail.write(db, MailSettings(host="mail.test"), store.secrets.seal("hunter2"), 1)
    with store.read() as db:
        found, row = mail.read(db)
    assert row is not None
    assert found.host == "mail.test"
    assert "hunter2" not in str(row.value)
    assert mail.password(row, store.secrets) == "hunter2"
