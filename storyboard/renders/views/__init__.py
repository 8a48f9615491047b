"""The acts and pages of renders and takes, a module for each resource."""
