"""Every action in scope: narrowed, sorted, page by page."""

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from mace.account.queries import list_agencies
from mace.actions import commands, queries
from mace.actions.forms import ChildSearchForm, SearchForm
from mace.actions.queries import Sort
from mace.actions.routes import blueprint
from mace.actions.routes.chosen import DAYS, read_chosen, register_url
from mace.database import transaction
from mace.domain.policy import Permission
from mace.domain.vocabulary import ActionState, DriftLevel
from mace.web.access import actor, draw, now, requires, session, today

STATES = [(state.value, state.label) for state in ActionState]
LEVELS = [(level.value, level.label) for level in DriftLevel]
SORTS = [(sort.value, sort.label) for sort in Sort if sort is not Sort.WORST]
DUE_WITHIN = [(days, f"Within {days} days") for days in DAYS]


@blueprint.get("/actions")
@requires(Permission.ACTION_LIST)
def register() -> tuple[str, int]:
    """A page of the register."""
    chosen = read_chosen(session(), actor(), today(), request.args)
    page = queries.list_register(
        session(),
        actor(),
        today(),
        chosen.filters,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        sort=chosen.sort,
    )
    return draw(
        "actions/register.html",
        page.seen,
        page=page,
        agencies=[(str(agency.id), agency.name) for agency in list_agencies(session())],
        states=STATES,
        levels=LEVELS,
        days=DUE_WITHIN,
        sorts=SORTS,
        chosen=chosen,
        args=chosen.args,
    )


@blueprint.post("/actions/search")
@requires(Permission.ACTION_LIST, writes=True)
def search() -> AnyResponse:
    """Narrow the register to words: they are kept on the server, so that no name ever stands in an address."""
    form = SearchForm()
    chosen = read_chosen(session(), actor(), today(), request.args)
    args = {name: value for name, value in chosen.args.items() if name != "search"}
    if form.validate() and form.words.data:
        with transaction(session(), actor()):
            args["search"] = str(commands.keep_search(session(), actor(), form.words.data, now=now()))
    return redirect(register_url(args))


@blueprint.route("/actions/narrow", methods=["GET", "POST"])
@requires(Permission.ACTION_LIST)
def narrow() -> tuple[str, int]:
    """Narrow the register by owner, meeting or child: children are searched for, so that no list of all is drawn."""
    chosen = read_chosen(session(), actor(), today(), request.args)
    form, status = ChildSearchForm(), 200
    children = None
    if request.method == "POST":
        if form.validate():
            children = queries.list_children_named(session(), actor(), today(), form.words.data)
        else:
            status = 422
    choices = queries.get_choices(session(), actor(), today())
    seen = [children.seen] if children is not None else []
    return draw(
        "actions/narrow.html",
        choices.seen,
        *seen,
        form=form,
        choices=choices,
        children=children.children if children is not None else None,
        args=chosen.args,
        status=status,
    )
