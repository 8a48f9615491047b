"""Every address prefix; each room lists its own addresses."""

from django.urls import include, path

urlpatterns = [
    path("", include("storyboard.people.urls")),
    path("", include("storyboard.stories.urls")),
    path("", include("storyboard.looks.urls")),
    path("", include("storyboard.renders.urls")),
    path("", include("storyboard.exports.urls")),
    path("", include("storyboard.keeping.urls")),
]

handler400 = "storyboard.keeping.views.errors.bad_request"
handler429 = "storyboard.keeping.views.errors.too_many_requests"
handler500 = "storyboard.keeping.views.errors.server_error"
