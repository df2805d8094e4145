"""What Alembic runs: the migrations on the connection it was handed."""

from alembic import context

from tournee.migrations import is_described
from tournee.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=is_described,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,
)
context.run_migrations()
