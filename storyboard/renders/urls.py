"""The addresses of renders and takes: one address, one act; every write is a POST."""

from __future__ import annotations

from django.urls import include, path

from storyboard.renders.views import (
    asking,
    attention,
    bin,
    comparing,
    connection,
    hooks,
    keys,
    money,
    moving,
    picks,
    renders,
    spend_requests,
    takes,
    telling,
)

# /renders/<pk>/
render_urls = [
    path("cancel/", renders.render_cancel, name="render_cancel"),
    path("check/", renders.render_check, name="render_check"),
    path("stop-waiting/", renders.render_stop_waiting, name="render_stop_waiting"),
    path("send-again/", renders.render_send_again, name="render_send_again"),
    path("let-go/", renders.render_let_go, name="render_let_go"),
    path("withdraw/", spend_requests.render_withdraw, name="render_withdraw"),
]

# /takes/<pk>/
take_urls = [
    path("", takes.take_detail, name="take_detail"),
    path("use/", takes.take_use, name="take_use"),
    path("leave/", takes.take_leave, name="take_leave"),
    path("name/", picks.take_name, name="take_name"),
    path("star/", picks.take_star, name="take_star"),
    path("bin/", picks.take_bin, name="take_bin"),
    path("restore/", picks.take_restore, name="take_restore"),
    path("settings/", picks.take_settings, name="take_settings"),
    path("seam/", comparing.take_seam, name="take_seam"),
    path("receipt/", picks.take_receipt, name="take_receipt"),
    path("fetch/", takes.take_fetch, name="take_fetch"),
    path("download/", takes.take_download, name="take_download"),
    path("video/", takes.take_video, name="take_video"),
    path("poster/", takes.take_poster, name="take_poster"),
    path("preview/", takes.take_preview, name="take_preview"),
    path("sprite/", takes.take_sprite, name="take_sprite"),
]

# /teams/<pk>/connection/
connection_urls = [
    path("", connection.team_connection, name="team_connection"),
    path("check/", connection.team_connection_check, name="team_connection_check"),
]

# /teams/<pk>/key/
key_urls = [
    path("", keys.team_key, name="team_key"),
    path("enter/", keys.team_key_enter, name="team_key_enter"),
    path("test/", keys.team_key_test, name="team_key_test"),
    path("forget/", keys.team_key_forget, name="team_key_forget"),
    path("remove/", keys.team_key_remove, name="team_key_remove"),
]

# /teams/<pk>/spend-requests/
spend_request_urls = [
    path("", spend_requests.spend_request_list, name="spend_request_list"),
    path("approve/", spend_requests.spend_request_approve, name="spend_request_approve"),
    path("decline/", spend_requests.spend_request_decline, name="spend_request_decline"),
    path("letters/", spend_requests.spend_request_letters, name="spend_request_letters"),
]

# /attention/<render>/
attention_urls = [
    path("check/", attention.attention_check, name="attention_check"),
    path("stop-waiting/", attention.attention_stop_waiting, name="attention_stop_waiting"),
    path("send-again/", attention.attention_send_again, name="attention_send_again"),
    path("let-go/", attention.attention_let_go, name="attention_let_go"),
]

# /bin/<project>/
bin_urls = [
    path("", bin.bin_project, name="bin_project"),
    path("delete/", bin.bin_project_delete, name="bin_project_delete"),
]

urlpatterns = [
    path("attention/", attention.attention_list, name="attention"),
    path("attention/<int:pk>/", include(attention_urls)),
    path("bin/", bin.bin_list, name="bin"),
    path("bin/<int:pk>/", include(bin_urls)),
    path("projects/<int:pk>/render/", renders.render_story, name="render_story"),
    path("projects/<int:pk>/ask/", spend_requests.render_ask_story, name="render_ask_story"),
    path("projects/<int:pk>/move/", moving.project_move, name="project_move"),
    path("projects/<int:pk>/request/", asking.project_request, name="project_request"),
    path("projects/<int:pk>/live/", renders.project_live, name="project_live"),
    path("projects/<int:pk>/telling/", telling.project_telling, name="project_telling"),
    path("projects/<int:pk>/cost/", renders.project_cost, name="project_cost"),
    path("projects/<int:pk>/film/", takes.project_film, name="project_film"),
    path("projects/<int:pk>/takes/", picks.project_takes, name="project_takes"),
    path("projects/<int:pk>/compare/", comparing.project_compare, name="project_compare"),
    path("projects/<int:pk>/compare/pick/", comparing.compare_pick, name="compare_pick"),
    path("scenes/<int:pk>/pin/", picks.scene_pin, name="scene_pin"),
    path("spans/<int:pk>/pick/", picks.span_pick, name="span_pick"),
    path("scenes/<int:pk>/render/", renders.render_scene, name="render_scene"),
    path("scenes/<int:pk>/ask/", spend_requests.render_ask_scene, name="render_ask_scene"),
    path("renders/<int:pk>/", include(render_urls)),
    path("takes/<int:pk>/", include(take_urls)),
    path("teams/<int:pk>/connection/", include(connection_urls)),
    path("teams/<int:pk>/key/", include(key_urls)),
    path("teams/<int:pk>/spend-requests/", include(spend_request_urls)),
    path("teams/<int:pk>/spending/", money.team_spending, name="team_spending"),
    path("teams/<int:pk>/spending.csv", money.team_spending_csv, name="team_spending_csv"),
    path("teams/<int:pk>/limit/", money.team_limit, name="team_limit"),
    path("hooks/<slug:token>/", hooks.hook, name="hook"),
    path("spans/<int:pk>/poster/", takes.span_poster, name="span_poster"),
]
