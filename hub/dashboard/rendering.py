"""What every template may use: asset addresses, module preloads, times in the viewer's zone, percentages."""

import re
from datetime import UTC, datetime
from urllib.parse import unquote

from flask import Blueprint, request
from markupsafe import Markup

from hub.dashboard import times
from hub.dashboard.assets import Assets
from hub.dashboard.states import Face

IMPORT = re.compile(rb'^(?:import|export) [^;]*?"(\.{1,2}/[a-z0-9./-]+\.js)";', re.MULTILINE)
PRELOAD = Markup('<link rel="modulepreload" href="{}">\n')
SCRIPT = Markup('<script type="module" src="{}"></script>')
RENDER_BLOCKING = Markup('<script type="module" src="{}" blocking="render"></script>\n')
THEMES = frozenset({"light", "dark"})


def install(blueprint: Blueprint, assets: Assets) -> None:
    """Lend the templates of a blueprint's app these functions."""
    blueprint.add_app_template_global(assets.url, "asset")
    blueprint.add_app_template_global(lambda entry, first="": modules(assets, entry, first), "modules")
    blueprint.add_app_template_filter(lambda value, style: times.element(value, style, viewer_now()), "as_time")
    blueprint.add_app_template_filter(lambda value: times.local(value, viewer_now()), "local_time")
    blueprint.add_app_template_filter(lambda face: headline(face, viewer_now()), "headline")
    blueprint.add_app_template_filter(percent, "percent")
    blueprint.add_app_template_filter(number, "number")
    blueprint.add_app_template_filter(crop, "crop")
    blueprint.add_app_template_filter(times.duration, "duration")


def viewer_now() -> datetime:
    """The present in the zone that the viewer's browser told."""
    return datetime.now(UTC).astimezone(times.zone_named(unquote(request.cookies.get("watchpost_zone", ""))[:64]))


def theme() -> str:
    """The theme that the viewer chose; empty follows the system."""
    chosen = request.cookies.get("watchpost_theme", "")
    return chosen if chosen in THEMES else ""


def headline(face: Face, now: datetime) -> str:
    """What stands large in a tile without video, in the words of static/js/tile.js."""
    if face["state"] == "starting":
        return ""
    if face["since"] is None:
        return face["label"]
    since = times.moment(times.zoned(face["since"], now), now)
    return f"{face['label']} since {since.replace('Yesterday', 'yesterday')}"


def percent(fraction: float) -> str:
    """A score as people read it."""
    return f"{round(fraction * 100)} %"


def number(value: int) -> Markup:
    """A whole number in groups of three, which the browser writes as its viewer is used to."""
    return Markup('<data class="num" value="{}">{:,}</data>').format(value, value)


def crop(snapshot_url: str) -> str:
    """The address of the face cut out of a snapshot."""
    return f"{snapshot_url}{'&' if '?' in snapshot_url else '?'}crop=1"


def modules(assets: Assets, entry: str, first: str = "") -> Markup:
    """The script tag of a page's entry module, and preloads of all that it imports: nothing loads in a chain.

    `first` is a small module without which nothing is painted: it puts the page as its viewer left it.
    """
    names = [f"js/{name}" for name in (first, entry) if name]
    found = set[str]().union(*(_imported(assets, name) for name in names)) - set(names)
    links = Markup("").join(PRELOAD.format(assets.url(name)) for name in sorted(found))
    early = RENDER_BLOCKING.format(assets.url(names[0])) if first else Markup("")
    return links + early + SCRIPT.format(assets.url(names[-1]))


def _imported(assets: Assets, entry: str) -> set[str]:
    found: set[str] = set()
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [_resolved(name, target.decode()) for target in IMPORT.findall(assets.text(name))]
    return found


def _resolved(importer: str, target: str) -> str:
    folder = importer.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            folder.pop()
        elif part != ".":
            folder.append(part)
    return "/".join(folder)
