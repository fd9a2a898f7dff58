"""The REST API: one file per resource, thin: parse, call, present."""
