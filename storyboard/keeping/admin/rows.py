"""One kind of row in the admin: read, and where it says so, some of its columns put right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin
from django.db.models import CharField, Field, Model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from storyboard.keeping.admin.site import READ, guarded
from storyboard.people.names import NameField


@dataclass(frozen=True)
class Named:
    """What a page calls a row: its kind and number, never a story's title."""

    pk: int
    name: str

    def __str__(self) -> str:
        return self.name


class Rows(ModelAdmin):
    """Nothing is added or deleted here, and nothing is changed but the columns in `mended`."""

    # The columns that may be put right; all others are shown as they are.
    mended: tuple[str, ...] = ()

    formfield_overrides: ClassVar[dict[type[Field], Any]] = {CharField: {"form_class": NameField}}
    actions = None
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False

    def get_urls(self) -> list[URLPattern]:
        """Return the list and the page of one; nothing else of what Django offers."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        methods = {
            f"{name}_changelist": READ,
            f"{name}_change": (*READ, "POST") if self.mended else READ,
        }
        return [
            guarded(one, methods[one.name])
            for one in super().get_urls()
            if one.name is not None and one.name in methods
        ]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.mended) and self.admin_site.has_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in self.fields or () if name not in self.mended]  # type: ignore[misc]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Filter by what the page offers alone: a column that is not shown is not guessed at."""
        offered = lookup.partition("__")[0] in self.list_filter and "\0" not in value
        return offered and bool(super().lookup_allowed(lookup, value, request))

    def log_change(  # type: ignore[override]
        self, request: HttpRequest, obj: Model, message: object
    ) -> None:
        """Add nothing: each kind of row writes its changes down where nobody can change them."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context["original"]
        name = f"{row._meta.verbose_name} {row.pk}"
        context |= {"subtitle": name, "original": Named(row.pk, name)}
        return super().render_change_form(request, context, *args, **kwargs)
