"""Sessions in the database, read by a statement the server has prepared: one is read for every request."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from onhand.kernel.database import run_prepared

_READ = "select session_data, expire_date from django_session where session_key = %s and expire_date > now()"


class SessionStore(DatabaseStore):
    """Django's store of sessions in the database, but for how one is read."""

    def _get_session_from_db(self) -> Any:
        rows = run_prepared(_READ, [self.session_key])
        if not rows:
            self._session_key = None
            return None
        ((data, expires),) = rows
        return self.model(session_key=str(self.session_key), session_data=data, expire_date=expires)
