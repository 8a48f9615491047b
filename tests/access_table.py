"""Who may do what at which address: every address of the site, in one table.

A new address gets one word in `DOORS`: under what it is about (which object its `pk` names), the
least that one must be, and whether it is read (GET) or written (POST). A test fails until it is
there, and then asks it in everybody's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from storyboard.keeping.admin import administration


class Least(Enum):
    """The least that one must be to get through."""

    ANYBODY = "anybody, signed in or not"
    ACCOUNT = "anybody who is signed in"
    # What belongs to one account alone: here it is the owner's.
    ITS_PERSON = "whose it is"
    VIEWER = "viewer"
    EDITOR = "editor"
    # An editor, too, whose switch is on; it is, of the editor here.
    SPENDER = "editor who may spend"
    OWNER = "owner"
    KEEPER = "the first account"
    # To all others it is a missing page.
    ADMINISTRATOR = "the first account, in a browser that a second step let in"


@dataclass(frozen=True)
class Door:
    name: str
    least: Least
    methods: tuple[str, ...]
    # Which object of the world `pk` names; "" for an address without one.
    about: str = ""
    # Whether a guest of the story comes in like a member of that role; else they are refused.
    guests: bool = True

    @property
    def of_a_story(self) -> bool:
        """Whether it is about the story that the guests of the world are let in to."""
        return self.about in OF_A_STORY


# What hangs on the one story that the guests are let in to. Of everything else of the team's,
# its other stories among it, they get what a stranger gets.
OF_A_STORY = {
    *("project", "scene", "gone_scene", "take", "span", "film", "guest"),
    *("asked", "waiting", "going", "unsure"),
}


def doors(about: str, least: Least, methods: str, names: str, *, guests: bool = True) -> list[Door]:
    return [Door(name, least, tuple(methods.split()), about, guests) for name in names.split()]


READ = "GET HEAD"
# `require_GET` does not answer HEAD, which no page of ours sends.
GET = "GET"
POST = "POST"
# An act alone; whoever is led to it by GET is asked to press again.
PRESS = "GET POST"
FORM = "GET HEAD POST"


def administration_doors() -> Iterator[Door]:
    """Yield the admin's addresses: its own, and two of each kind of row that it shows."""
    yield from doors("", Least.ADMINISTRATOR, READ, "admin:index admin:app_list admin:jsi18n")
    for model, rows in administration._registry.items():
        name, kind = f"admin:{model._meta.label_lower.replace('.', '_')}", model._meta.model_name
        yield Door(f"{name}_changelist", Least.ADMINISTRATOR, tuple(READ.split()))
        methods = FORM if rows.mended else READ
        yield Door(f"{name}_change", Least.ADMINISTRATOR, tuple(methods.split()), f"row of {kind}")


DOORS: list[Door] = [
    *doors(
        "",
        Least.ANYBODY,
        FORM,
        """account_login account_signup account_logout account_reset_password
        account_reset_password_from_key mfa_authenticate mfa_login_webauthn
        account_request_login_code account_confirm_login_code account_address_confirm
        account_signup_by_letter""",
    ),
    *doors(
        "",
        Least.ANYBODY,
        READ,
        """account_inactive account_reset_password_done account_reset_password_from_key_done
        healthz metrics""",
    ),
    *doors("", Least.ANYBODY, GET, "invitation_show"),
    *doors("team", Least.OWNER, GET, "team_activity team_spending team_spending_csv"),
    *doors("", Least.ANYBODY, POST, "hook"),
    *doors("", Least.ACCOUNT, POST, "invitation_accept"),
    *doors("", Least.ACCOUNT, GET, "account_page account_export"),
    *doors("", Least.ACCOUNT, POST, "account_name account_delete"),
    *doors("", Least.ACCOUNT, PRESS, "account_devices_end"),
    *doors(
        "",
        Least.ACCOUNT,
        FORM,
        """account_address account_reauthenticate account_change_password account_set_password
        mfa_reauthenticate mfa_reauthenticate_webauthn mfa_activate_totp mfa_deactivate_totp
        mfa_add_webauthn mfa_generate_recovery_codes""",
    ),
    *doors("", Least.ACCOUNT, GET, "mfa_index"),
    *doors("", Least.ACCOUNT, READ, "mfa_list_webauthn mfa_view_recovery_codes"),
    *doors("passkey", Least.ITS_PERSON, FORM, "mfa_edit_webauthn mfa_remove_webauthn"),
    *doors("device", Least.ITS_PERSON, PRESS, "account_device_end"),
    *doors("", Least.ACCOUNT, GET, "project_list attention bin"),
    *doors("", Least.ACCOUNT, POST, "team_create"),
    *doors("entry", Least.ACCOUNT, GET, "entry_cover"),
    # Stories. Where the team is named in the form, none is named here: that is no team of theirs.
    *doors("team", Least.EDITOR, POST, "project_create sample_create"),
    *doors(
        "project",
        Least.VIEWER,
        GET,
        """project_detail scenes_rows project_history revision_detail project_request
        project_live project_film project_takes project_compare film_list""",
    ),
    *doors("project", Least.VIEWER, POST, "project_together project_leave"),
    *doors("project", Least.VIEWER, GET, "project_share", guests=False),
    *doors("project", Least.OWNER, POST, "guest_invite"),
    *doors("project", Least.OWNER, FORM, "project_move"),
    *doors("guest", Least.OWNER, POST, "guest_update guest_remove"),
    *doors("project", Least.VIEWER, FORM, "project_telling"),
    *doors("project", Least.EDITOR, GET, "project_bin project_import scenes_preview model_list"),
    *doors("project", Least.EDITOR, GET, "project_cost"),
    *doors("project", Least.SPENDER, POST, "render_story"),
    *doors(
        "project",
        Least.EDITOR,
        POST,
        """project_rename explained scene_create scene_make_room scenes_delete scenes_frames
        scenes_move scenes_paste clip_share_out project_import_preview project_import_rows
        project_undo project_redo revision_name revision_restore look_update checkpoint_choose
        lora_add lora_update lora_remove embedding_add embedding_remove compare_pick
        film_create render_ask_story""",
    ),
    *doors(
        "project",
        Least.EDITOR,
        POST,
        "project_duplicate project_delete project_restore",
        guests=False,
    ),
    *doors(
        "scene",
        Least.EDITOR,
        POST,
        """scene_write scene_frames scene_border scene_cut scene_duplicate scene_lock scene_merge
        scene_move scene_split scene_delete scene_pin render_ask_scene""",
    ),
    *doors("scene", Least.SPENDER, POST, "render_scene"),
    *doors("gone_scene", Least.EDITOR, POST, "scene_restore scene_delete_for_good"),
    # Renders and takes.
    *doors("waiting", Least.SPENDER, POST, "render_cancel"),
    *doors("asked", Least.EDITOR, POST, "render_withdraw"),
    *doors("team", Least.OWNER, GET, "spend_request_list"),
    *doors(
        "team",
        Least.OWNER,
        POST,
        "spend_request_approve spend_request_decline spend_request_letters",
    ),
    *doors("going", Least.SPENDER, POST, "render_stop_waiting attention_stop_waiting"),
    *doors(
        "unsure",
        Least.SPENDER,
        POST,
        """render_check render_send_again render_let_go attention_check attention_send_again
        attention_let_go""",
    ),
    *doors("take", Least.VIEWER, GET, "take_detail take_receipt take_seam"),
    *doors(
        "take",
        Least.VIEWER,
        READ,
        "take_download take_video take_poster take_preview take_sprite",
    ),
    *doors(
        "take",
        Least.EDITOR,
        POST,
        "take_use take_leave take_name take_star take_bin take_restore take_settings take_fetch",
    ),
    *doors("span", Least.VIEWER, READ, "span_poster"),
    *doors("span", Least.EDITOR, POST, "span_pick"),
    # Films.
    *doors("film", Least.VIEWER, READ, "film_download film_vtt film_srt"),
    *doors("film", Least.EDITOR, POST, "film_again film_cancel film_delete"),
    # Teams.
    *doors("team", Least.VIEWER, GET, "team_detail"),
    *doors(
        "team",
        Least.OWNER,
        POST,
        """team_rename team_hand_over invitation_create team_connection_check team_limit
        team_key_enter team_key_test team_key_forget team_key_remove""",
    ),
    *doors("team", Least.OWNER, GET, "team_connection team_key"),
    *doors("membership", Least.OWNER, POST, "membership_update membership_remove"),
    *doors("invitation", Least.OWNER, POST, "invitation_revoke"),
    *doors("gone_project", Least.OWNER, GET, "bin_project"),
    *doors("gone_project", Least.OWNER, POST, "bin_project_delete"),
    # The installation.
    *doors("", Least.KEEPER, GET, "safe_mode_show"),
    *doors("", Least.KEEPER, POST, "safe_mode_release"),
    *doors("held", Least.KEEPER, POST, "held_send held_let_go"),
    *doors(
        "",
        Least.KEEPER,
        GET,
        "installation_show installation_teams installation_activity user_list letter_list",
    ),
    *doors("letter", Least.KEEPER, POST, "letter_open"),
    *doors("user", Least.KEEPER, GET, "user_detail"),
    *doors(
        "user",
        Least.KEEPER,
        POST,
        "user_switch_off user_switch_on user_sign_out user_second_step_off user_password_link",
    ),
    *administration_doors(),
]
