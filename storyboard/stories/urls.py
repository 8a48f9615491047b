"""The addresses of stories: one address, one act; every write is a POST."""

from __future__ import annotations

from django.urls import include, path

from storyboard.stories.views import history, projects, scenes

# /projects/<pk>/
project_urls = [
    path("", projects.project_detail, name="project_detail"),
    path("rename/", projects.project_rename, name="project_rename"),
    path("duplicate/", projects.project_duplicate, name="project_duplicate"),
    path("delete/", projects.project_delete, name="project_delete"),
    path("restore/", projects.project_restore, name="project_restore"),
    path("scenes/", scenes.scene_create, name="scene_create"),
    path("make-room/", scenes.scene_make_room, name="scene_make_room"),
    path("undo/", history.project_undo, name="project_undo"),
    path("redo/", history.project_redo, name="project_redo"),
    path("history/", history.project_history, name="project_history"),
    path("history/<int:revision_pk>/", history.revision_detail, name="revision_detail"),
    path("history/<int:revision_pk>/name/", history.revision_name, name="revision_name"),
    path("history/<int:revision_pk>/restore/", history.revision_restore, name="revision_restore"),
]

# /scenes/<pk>/
scene_urls = [
    path("words/", scenes.scene_write, name="scene_write"),
    path("frames/", scenes.scene_frames, name="scene_frames"),
    path("move/", scenes.scene_move, name="scene_move"),
    path("delete/", scenes.scene_delete, name="scene_delete"),
    path("restore/", scenes.scene_restore, name="scene_restore"),
]

urlpatterns = [
    path("", projects.project_list, name="project_list"),
    path("projects/new/", projects.project_create, name="project_create"),
    path("projects/<int:pk>/", include(project_urls)),
    path("scenes/<int:pk>/", include(scene_urls)),
]
