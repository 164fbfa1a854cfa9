"""
All migrations on an empty database, in a fifth of the time.

Before each operation Django makes anew the class of every model that is joined to the one that changes: with everything joined to the
customer that is nearly all of them, hundreds of times. Here a new model, field, index or constraint is added to the classes that are
there. They are then no longer as they were before the operation, which only data that is already there could need: so only a database
that is still empty is made this way. That both ways make the same database is tested.
"""

from typing import Any

from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState, ProjectState


def apply_all() -> None:
    """Apply every migration to an empty database, then do what follows a migration, as Django's command does."""
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes(), state=GrowingState(real_apps=executor.loader.unmigrated_apps))
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)


class GrowingState(ProjectState):
    """A project state whose model classes grow in place, where Django's own makes them again."""

    def clone(self) -> "GrowingState":
        """The state before an operation; the classes are shared, and belong to the later one."""
        copied = super().clone()
        copied.__class__ = GrowingState
        if "apps" in copied.__dict__:
            for models in copied.apps.all_models.values():
                for model in models.values():
                    model._meta.apps = copied.apps
        return copied  # type: ignore[return-value]

    def add_model(self, model_state: ModelState) -> None:
        """Only the class of the new model is made: nothing could point at an older one."""
        apps = self.__dict__.pop("apps", None)
        super().add_model(model_state)
        if apps is not None:
            self.__dict__["apps"] = apps
            apps.render_multiple([model_state])

    def add_field(self, app_label: str, model_name: str, name: str, field: Any, preserve_default: Any) -> None:
        """The class of the model gets the field."""
        apps = self.__dict__.pop("apps", None)
        super().add_field(app_label, model_name, name, field, preserve_default)
        if apps is not None:
            self.__dict__["apps"] = apps
            kept = self.models[app_label, model_name].fields[name]
            apps.get_model(app_label, model_name).add_to_class(name, kept.clone())
            apps.clear_cache()

    def _append_option(self, app_label: str, model_name: str, option_name: str, added: Any) -> None:
        """The class of the model gets the index or the constraint."""
        apps = self.__dict__.pop("apps", None)
        super()._append_option(app_label, model_name, option_name, added)  # type: ignore[misc]
        if apps is not None:
            self.__dict__["apps"] = apps
            meta = apps.get_model(app_label, model_name)._meta
            setattr(meta, option_name, [*getattr(meta, option_name), added])
