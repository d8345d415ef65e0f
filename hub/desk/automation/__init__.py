"""The automation's endpoints at the desk."""
