"""One page that shows how the lake is: gathered from its own tables and logs, drawn without any network."""
