"""Who may do what: roles, permissions, the scopes through which each role holds each permission.

Pure: facts in, a verdict out. ``mace/scope.py`` says the same scopes as SQL, and a test holds the two together.
Source: ``security.md`` section 2 as corrected at its top, and rules 8 and 9. Deny is the default: a permission
that a role does not hold here does not exist for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from mace.domain.vocabulary import AgencyKind, Term, Told


class Role(Term):
    """What a person is in an agency. *Lead practitioner* is no role but a relation: the live allocation."""

    PRACTITIONER = "practitioner", "Practitioner"
    TEAM_MANAGER = "team_manager", "Team manager"
    COORDINATOR = "coordinator", "Coordinator"
    CHAIR = "chair", "Chair"
    DEPUTY = "deputy", "Deputy chair"
    PARTNER_LEAD = "partner_lead", "Partner lead"
    PARTNER_MEMBER = "partner_member", "Partner"
    GUEST = "guest", "Guest for one item"
    ANALYST = "analyst", "Analyst"
    EXECUTIVE = "executive", "Executive"
    IG_LEAD = "ig_lead", "Information governance lead"
    AUDITOR = "auditor", "Auditor"
    OUT_OF_HOURS = "out_of_hours", "Out of hours"
    SYSADMIN = "sysadmin", "System administrator"


class Scope(StrEnum):
    """Why a person may: the relation that lets them."""

    SELF = "self"
    """It is addressed to me or I own it."""
    ALLOCATED = "allocated"
    """I am the live lead practitioner, or listed as working with the child now."""
    TEAM = "team"
    """The live lead practitioner is in a team that I manage."""
    MEETING = "meeting"
    """My agency is expected at a published meeting of the series that has this on its agenda, not yet approved."""
    AGENCY = "agency"
    """It is asked of, or owned by, my agency."""
    AREA = "area"
    """Everything in this partnership."""
    FIGURES = "figures"
    """Numbers and references, never a name."""


class Permission(StrEnum):
    """``<subject>:<act>``, in alphabetical order."""

    ACTION_ADD = "action:add"
    ACTION_DECIDE = "action:decide"
    ACTION_LIST = "action:list"
    ACTION_READ = "action:read"
    ACTION_UPDATE = "action:update"
    ALLOCATION_CHANGE = "allocation:change"
    BRIEF_ANSWER = "brief:answer"
    CHILD_CREATE = "child:create"
    CHILD_EDIT = "child:edit"
    CHILD_LIST = "child:list"
    CHILD_READ = "child:read"
    CONTEXT_EDIT = "context:edit"
    CONTEXT_READ = "context:read"
    FIGURES_READ = "figures:read"
    HOME_READ = "home:read"
    IMPORT_RUN = "import:run"
    ITEM_APPROVE = "item:approve"
    ITEM_READ = "item:read"
    ITEM_RUN = "item:run"
    MEETING_MANAGE = "meeting:manage"
    MEETING_READ = "meeting:read"
    RECORD_ANSWER = "record:answer"
    RECORD_READ = "record:read"
    RECORD_TELL = "record:tell"
    REQUEST_ANSWER = "request:answer"
    TRAIL_READ = "trail:read"


_P, _S = Permission, Scope
_EVERYBODY = {_P.HOME_READ: frozenset({_S.SELF})}
_ON_A_CASE: dict[Permission, frozenset[Scope]] = {
    # Whoever is allocated to a child or listed as working with it, in any agency, leads or supports its plan.
    _P.CHILD_LIST: frozenset({_S.ALLOCATED}),
    _P.CHILD_READ: frozenset({_S.ALLOCATED}),
    _P.ACTION_LIST: frozenset({_S.SELF, _S.ALLOCATED}),
    _P.ACTION_READ: frozenset({_S.SELF, _S.ALLOCATED}),
    _P.ACTION_UPDATE: frozenset({_S.SELF}),
    _P.BRIEF_ANSWER: frozenset({_S.SELF}),
    _P.RECORD_READ: frozenset({_S.SELF}),
    _P.RECORD_ANSWER: frozenset({_S.SELF}),
}
_PARTNER: dict[Permission, frozenset[Scope]] = {
    **_ON_A_CASE,
    _P.MEETING_READ: frozenset({_S.MEETING}),
    _P.ITEM_READ: frozenset({_S.MEETING}),
    _P.REQUEST_ANSWER: frozenset({_S.AGENCY}),
}
_AREA: dict[Permission, frozenset[Scope]] = {
    permission: frozenset({_S.AREA})
    for permission in (
        _P.ACTION_ADD,
        _P.ACTION_DECIDE,
        _P.ACTION_LIST,
        _P.ACTION_READ,
        _P.ACTION_UPDATE,
        _P.ALLOCATION_CHANGE,
        _P.BRIEF_ANSWER,
        _P.CHILD_CREATE,
        _P.CHILD_EDIT,
        _P.CHILD_LIST,
        _P.CHILD_READ,
        _P.CONTEXT_EDIT,
        _P.CONTEXT_READ,
        _P.ITEM_READ,
        _P.ITEM_RUN,
        _P.MEETING_MANAGE,
        _P.MEETING_READ,
        _P.RECORD_READ,
        _P.RECORD_TELL,
        _P.REQUEST_ANSWER,
        _P.FIGURES_READ,
    )
}


def _joined(
    *tables: Mapping[Permission, frozenset[Scope]],
) -> dict[Permission, frozenset[Scope]]:
    joined: dict[Permission, frozenset[Scope]] = {}
    for table in tables:
        for permission, scopes in table.items():
            joined[permission] = joined.get(permission, frozenset()) | scopes
    return joined


GRANTS: Mapping[Role, Mapping[Permission, frozenset[Scope]]] = MappingProxyType(
    {
        Role.PRACTITIONER: _joined(_EVERYBODY, _ON_A_CASE),
        Role.TEAM_MANAGER: _joined(
            _EVERYBODY,
            _ON_A_CASE,
            {
                _P.CHILD_LIST: frozenset({_S.TEAM}),
                _P.CHILD_READ: frozenset({_S.TEAM}),
                _P.ACTION_LIST: frozenset({_S.TEAM}),
                _P.ACTION_READ: frozenset({_S.TEAM}),
                _P.ACTION_UPDATE: frozenset({_S.TEAM}),
                _P.ALLOCATION_CHANGE: frozenset({_S.TEAM}),
                _P.BRIEF_ANSWER: frozenset({_S.TEAM}),
            },
        ),
        Role.COORDINATOR: _joined(
            _EVERYBODY,
            _ON_A_CASE,
            _AREA,
            {
                _P.IMPORT_RUN: frozenset({_S.AREA}),
                _P.ITEM_APPROVE: frozenset({_S.AREA}),
            },
        ),
        Role.CHAIR: _joined(_EVERYBODY, _ON_A_CASE, _AREA, {_P.ITEM_APPROVE: frozenset({_S.AREA})}),
        Role.DEPUTY: _joined(_EVERYBODY, _ON_A_CASE, _AREA, {_P.ITEM_APPROVE: frozenset({_S.AREA})}),
        Role.PARTNER_LEAD: _joined(
            _EVERYBODY,
            _PARTNER,
            {
                _P.ACTION_LIST: frozenset({_S.AGENCY}),
                _P.ACTION_READ: frozenset({_S.AGENCY}),
                _P.ACTION_UPDATE: frozenset({_S.AGENCY}),
            },
        ),
        Role.PARTNER_MEMBER: _joined(_EVERYBODY, _PARTNER),
        Role.GUEST: _joined(
            _EVERYBODY,
            {
                _P.ACTION_LIST: frozenset({_S.SELF}),
                _P.ACTION_READ: frozenset({_S.SELF}),
                _P.ACTION_UPDATE: frozenset({_S.SELF}),
                _P.RECORD_READ: frozenset({_S.SELF}),
                _P.RECORD_ANSWER: frozenset({_S.SELF}),
            },
        ),
        Role.ANALYST: _joined(_EVERYBODY, {_P.FIGURES_READ: frozenset({_S.FIGURES})}),
        Role.EXECUTIVE: _joined(_EVERYBODY, {_P.FIGURES_READ: frozenset({_S.FIGURES})}),
        Role.IG_LEAD: _joined(_EVERYBODY, {_P.TRAIL_READ: frozenset({_S.FIGURES})}),
        Role.AUDITOR: _joined(_EVERYBODY, {_P.TRAIL_READ: frozenset({_S.FIGURES})}),
        Role.OUT_OF_HOURS: _joined(_EVERYBODY),
        Role.SYSADMIN: _joined(_EVERYBODY),
    }
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a signed-in person, or the system under a name. Decided afresh at each request."""

    name: str
    person_id: UUID | None = None
    agency_id: UUID | None = None
    agency_kind: AgencyKind | None = None
    agency_name: str = ""
    job: str = ""
    roles: frozenset[Role] = frozenset()
    manages: frozenset[UUID] = frozenset()
    """Teams whose manager this person is now."""
    system: bool = field(default=False)

    @property
    def me(self) -> UUID:
        """The person's id; a system actor has none and asking is a bug."""
        if self.person_id is None:
            raise ValueError(f"{self.name} is not a person")
        return self.person_id


def system_actor(name: str) -> Actor:
    """The tool itself acting under a name that the trail shows: "import", "migration", "demo"."""
    return Actor(name=name, system=True)


def scopes(actor: Actor, permission: Permission) -> frozenset[Scope]:
    """The relations through which this person may, over all their roles; empty means never."""
    if actor.system:
        return frozenset({Scope.AREA})
    held: frozenset[Scope] = frozenset()
    for role in actor.roles:
        held |= GRANTS[role].get(permission, frozenset())
    return held


def may(actor: Actor, permission: Permission) -> bool:
    """Whether the person may do this to anything at all."""
    return bool(scopes(actor, permission))


def in_area(actor: Actor, permission: Permission) -> bool:
    """Whether the person may do this to everything in the partnership."""
    return Scope.AREA in scopes(actor, permission)


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What decides who may open the page of a child, place, group or person."""

    workers: frozenset[UUID] = frozenset()
    """The live lead practitioner and the people listed as working with the child now."""
    teams: frozenset[UUID] = frozenset()
    """The team of the live lead practitioner."""


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What decides who may see or update an action."""

    owner: UUID | None
    owner_agency: UUID
    owner_team: UUID | None = None
    contributors: frozenset[UUID] = frozenset()
    chaser: UUID | None = None
    """Who chases next, while it waits on somebody (rule 4)."""
    offered_to: UUID | None = None
    """Who leads the other plan that it moves to, or moved to (rule 2)."""
    is_long_over: bool = False
    """Ended more than 14 days ago: it gives nobody access by itself any more (rule 8)."""
    subject: SubjectFacts = SubjectFacts()


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What decides who may see an item of a meeting."""

    expected_agencies: frozenset[UUID]
    is_published: bool
    is_on_agenda: bool
    """False once it is left off, put off or approved."""


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """What decides who may open a record that was sent (rule 8)."""

    to: UUID | None
    """Whom it was sent to; nobody of the tool where it could not be delivered or was told by hand."""
    told: Told
    has_ended: bool = False
    lead: UUID | None = None
    """The live lead practitioner of the subject now."""
    lead_team: UUID | None = None
    owners: frozenset[UUID] = frozenset()
    """Owners of the action it carries, or of any on this record where it carries none, that is unfinished or ended
    within 14 days."""
    listed: frozenset[UUID] = frozenset()
    """People listed as working with the child now or until 14 days ago."""


def scope_on_subject(actor: Actor, permission: Permission, facts: SubjectFacts) -> Scope | None:
    """The relation through which this person may do this to this child or context, strongest first, or None."""
    held = scopes(actor, permission)
    if Scope.ALLOCATED in held and actor.person_id in facts.workers:
        return Scope.ALLOCATED
    if Scope.TEAM in held and actor.manages & facts.teams:
        return Scope.TEAM
    return Scope.AREA if Scope.AREA in held else None


def scope_on_action(actor: Actor, permission: Permission, facts: ActionFacts) -> Scope | None:
    """The relation through which this person may do this to this action, or None.

    A manager's team reaches the actions its people own and those about its children; an agency's lead reaches
    what their agency owns (rule 3: the agency answers for completion). Whoever chases what it waits on, and whoever
    leads the plan it moves to, read it; only its owner and those who help say what happened. All that ends 14 days
    after the action: from then on it is part of the child's record and of nothing else (rule 8).
    """
    held = scopes(actor, permission)
    if facts.is_long_over:
        return scope_on_subject(actor, permission, facts.subject)
    people = {facts.owner, *facts.contributors}
    if permission is not Permission.ACTION_UPDATE:
        people |= {facts.chaser, facts.offered_to}
    if Scope.SELF in held and actor.person_id is not None and actor.person_id in people:
        return Scope.SELF
    if Scope.AGENCY in held and actor.agency_id == facts.owner_agency:
        return Scope.AGENCY
    if Scope.TEAM in held and facts.owner_team is not None and facts.owner_team in actor.manages:
        return Scope.TEAM
    return scope_on_subject(actor, permission, facts.subject)


def may_chase(actor: Actor, facts: ActionFacts) -> bool:
    """The named chaser, and whoever may say what happened to the action (rule 4)."""
    named = actor.person_id is not None and actor.person_id == facts.chaser
    return named or scope_on_action(actor, Permission.ACTION_UPDATE, facts) is not None


def may_answer_offer(actor: Actor, offered_to: UUID | None) -> bool:
    """The lead of the plan an action is offered to, or those who run meetings, on what that lead told them (rule 2)."""
    named = actor.person_id is not None and actor.person_id == offered_to
    return offered_to is not None and (named or in_area(actor, Permission.ACTION_DECIDE))


def scope_on_item(actor: Actor, permission: Permission, facts: ItemFacts) -> Scope | None:
    """Area, or from the published agenda until the record is approved for agencies expected in the series."""
    held = scopes(actor, permission)
    if Scope.AREA in held:
        return Scope.AREA
    expected = actor.agency_id in facts.expected_agencies
    if Scope.MEETING in held and expected and facts.is_published and facts.is_on_agenda:
        return Scope.MEETING
    return None


def scope_on_delivery(actor: Actor, permission: Permission, facts: DeliveryFacts) -> Scope | None:
    """Area, or addressed to me while what it was sent for lasts: leading, managing, owning, being listed (rule 8)."""
    held = scopes(actor, permission)
    if Scope.AREA in held:
        return Scope.AREA
    if Scope.SELF not in held or actor.person_id is None or actor.person_id != facts.to or facts.has_ended:
        return None
    lasts = {
        Told.LEAD: facts.lead == actor.person_id,
        Told.MANAGER: facts.lead_team in actor.manages,
        Told.OWNER: actor.person_id in facts.owners,
        Told.WORKING_WITH: actor.person_id in facts.listed,
        Told.BY_HAND: True,
    }
    return Scope.SELF if lasts[facts.told] else None


def may_approve(actor: Actor, minute_taker: UUID | None) -> bool:
    """A record is approved by another person than the named minute-taker (``security.md``, top)."""
    return may(actor, Permission.ITEM_APPROVE) and actor.person_id != minute_taker
