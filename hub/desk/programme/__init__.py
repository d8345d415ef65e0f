"""The programme at the desk."""
