"""The pages of stories, a module for each resource."""
