"""The addresses of stories: one address, one act; every write is a POST."""

from __future__ import annotations

from django.urls import include, path

from storyboard.stories.views import (
    beginning,
    bin,
    history,
    importing,
    projects,
    rows,
    scenes,
    several,
    sharing,
    together,
)

# /projects/<pk>/
project_urls = [
    path("", projects.project_detail, name="project_detail"),
    path("rename/", projects.project_rename, name="project_rename"),
    path("duplicate/", projects.project_duplicate, name="project_duplicate"),
    path("delete/", projects.project_delete, name="project_delete"),
    path("restore/", projects.project_restore, name="project_restore"),
    path("share/", sharing.project_share, name="project_share"),
    path("share/invitations/", sharing.guest_invite, name="guest_invite"),
    path("leave/", sharing.project_leave, name="project_leave"),
    path("explained/<slug:what>/", beginning.explained, name="explained"),
    path("bin/", bin.project_bin, name="project_bin"),
    path("scenes/", scenes.scene_create, name="scene_create"),
    path("make-room/", scenes.scene_make_room, name="scene_make_room"),
    path("scenes/rows/", several.scenes_rows, name="scenes_rows"),
    path("scenes/delete/", several.scenes_delete, name="scenes_delete"),
    path("scenes/frames/", several.scenes_frames, name="scenes_frames"),
    path("scenes/move/", several.scenes_move, name="scenes_move"),
    path("scenes/paste/", several.scenes_paste, name="scenes_paste"),
    path("scenes/preview/", several.scenes_preview, name="scenes_preview"),
    path("share-out/", rows.clip_share_out, name="clip_share_out"),
    path("import/", importing.project_import, name="project_import"),
    path("import/preview/", importing.project_import_preview, name="project_import_preview"),
    path("import/rows/", importing.project_import_rows, name="project_import_rows"),
    path("together/", together.project_together, name="project_together"),
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
    path("border/", rows.scene_border, name="scene_border"),
    path("cut/", rows.scene_cut, name="scene_cut"),
    path("duplicate/", rows.scene_duplicate, name="scene_duplicate"),
    path("lock/", rows.scene_lock, name="scene_lock"),
    path("merge/", rows.scene_merge, name="scene_merge"),
    path("move/", scenes.scene_move, name="scene_move"),
    path("split/", rows.scene_split, name="scene_split"),
    path("delete/", scenes.scene_delete, name="scene_delete"),
    path("restore/", scenes.scene_restore, name="scene_restore"),
    path("delete-for-good/", bin.scene_delete_for_good, name="scene_delete_for_good"),
]

# /guests/<pk>/
guest_urls = [
    path("role/", sharing.guest_update, name="guest_update"),
    path("remove/", sharing.guest_remove, name="guest_remove"),
]

urlpatterns = [
    path("", projects.project_list, name="project_list"),
    path("projects/new/", projects.project_create, name="project_create"),
    path("projects/sample/", beginning.sample_create, name="sample_create"),
    path("projects/<int:pk>/", include(project_urls)),
    path("scenes/<int:pk>/", include(scene_urls)),
    path("guests/<int:pk>/", include(guest_urls)),
]
