"""The addresses of this room: one address, one act; every write is a POST."""

from __future__ import annotations

from django.urls import include, path

from storyboard.looks import views

# /projects/<pk>/look/
look_urls = [
    path("", views.look_update, name="look_update"),
    path("models/<slug:kind>/", views.model_list, name="model_list"),
    path("checkpoint/", views.checkpoint_choose, name="checkpoint_choose"),
    path("loras/", views.lora_add, name="lora_add"),
    path("loras/<int:lora_pk>/", views.lora_update, name="lora_update"),
    path("loras/<int:lora_pk>/remove/", views.lora_remove, name="lora_remove"),
    path("embeddings/", views.embedding_add, name="embedding_add"),
    path("embeddings/<int:embedding_pk>/remove/", views.embedding_remove, name="embedding_remove"),
]

urlpatterns = [
    path("projects/<int:pk>/look/", include(look_urls)),
    path("catalogue/<int:pk>/cover/", views.entry_cover, name="entry_cover"),
]
