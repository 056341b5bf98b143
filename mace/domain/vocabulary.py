"""The words everybody shares: enumerations in the field's terms, each with the label a screen shows.

The value of a member is what the database stores, so it never changes once released; the label may.
"""

from enum import StrEnum


class Term(StrEnum):
    """A stored value with the words a person reads: ``Term.MEMBER = "stored", "Shown on screen"``."""

    label: str

    def __new__(cls, value: str, label: str = "") -> "Term":
        """Keep the label beside the stored value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value.replace("_", " ").capitalize()
        return member


class AgencyKind(Term):
    """Who sits round the table (``practice.md`` 1.4)."""

    SOCIAL_CARE = "social_care", "Children’s social care"
    POLICE = "police", "Police"
    HEALTH = "health", "Health"
    EDUCATION = "education", "Education"
    YOUTH_JUSTICE = "youth_justice", "Youth justice"
    HOUSING = "housing", "Housing"
    VOLUNTARY = "voluntary", "Voluntary sector"
    COMMUNITY_SAFETY = "community_safety", "Community safety"
    PROBATION = "probation", "Probation"
    OTHER = "other", "Another agency"


class SubjectKind(Term):
    """What an item can be about (rule 1)."""

    CHILD = "child", "Child"
    PERSON = "person", "Person who may be harming children"
    CONTEXT = "context", "Place, group or theme"


class ContextKind(Term):
    """The contexts in which children are harmed (``practice.md`` 2.5)."""

    PLACE = "place", "Place"
    PEER_GROUP = "peer_group", "Peer group"
    SCHOOL = "school", "School"
    ONLINE = "online", "Online space"
    TRANSPORT = "transport", "Transport"
    THEME = "theme", "Theme"


class Sex(Term):
    """As recorded in the children's social care census."""

    FEMALE = "female", "Female"
    MALE = "male", "Male"
    NOT_KNOWN = "not_known", "Not known"


class LegalStatus(Term):
    """The child's position with children's services (``practice.md`` 1.9, row 2)."""

    EARLY_HELP = "early_help", "Early help"
    CHILD_IN_NEED = "child_in_need", "Child in need"
    CHILD_PROTECTION = "child_protection", "Child protection plan"
    LOOKED_AFTER = "looked_after", "Looked after"
    CARE_LEAVER = "care_leaver", "Care leaver"
    NOT_OPEN = "not_open", "Not open to children’s services"
    NOT_KNOWN = "not_known", "Not known"


class Harm(Term):
    """Kinds of extra-familial harm (``practice.md`` 2.1). ``UNKNOWN`` exists so that nobody has to guess."""

    CSE = "cse", "Child sexual exploitation"
    CCE = "cce", "Child criminal exploitation"
    COUNTY_LINES = "county_lines", "County lines"
    TRAFFICKING = "trafficking", "Modern slavery and trafficking"
    HARMFUL_SEXUAL_BEHAVIOUR = "hsb", "Harmful sexual behaviour"
    SERIOUS_VIOLENCE = "serious_violence", "Serious youth violence"
    ONLINE = "online", "Online exploitation"
    FINANCIAL = "financial", "Financial exploitation"
    HOME_TAKEN_OVER = "home_taken_over", "Home taken over"
    MISSING = "missing", "Missing as a harm in itself"
    UNKNOWN = "unknown", "Signs of harm, kind not yet known"


class RiskLevel(Term):
    """The meeting's view, low to high. Areas rename these (``practice.md`` 1.7): the names on screen come from
    the area's settings, the order from here."""

    EMERGING = "emerging", "Emerging"
    MODERATE = "moderate", "Moderate"
    SIGNIFICANT = "significant", "Significant"

    @property
    def rank(self) -> int:
        """0 for the lowest level."""
        return list(RiskLevel).index(self)


class HarmStatus(Term):
    """What is happening, kept apart from how likely it is (``practice.md`` 1.7)."""

    NO_EVIDENCE = "no_evidence", "No evidence of harm now"
    SUSPECTED = "suspected", "Harm is suspected"
    ONGOING = "ongoing", "Harm is happening now"
    PAST = "past", "Harm has happened and stopped"


class Direction(Term):
    """What changed for the child since the last review."""

    SAFER = "safer", "Safer"
    SAME = "same", "About the same"
    LESS_SAFE = "less_safe", "Less safe"
    CANNOT_TELL = "cannot_tell", "Cannot tell"


class Handling(Term):
    """Who may have a contribution (rule 9)."""

    WHOLE_MEETING = "whole_meeting", "Whole meeting"
    PROFESSIONALS = "professionals", "Professionals only"
    POLICE_ONLY = "police_only", "Police only"
    NAMED_PEOPLE = "named_people", "Named people only"
    FAMILY_MAY_KNOW = "family_may_know", "May be told to the family"
    NOT_TO_FAMILY = "not_to_family", "Not to be told to the family"
    THIRD_PARTY = "third_party", "About a third party"


class Source(Term):
    """Whether a line is fact, opinion or the child's own words (``practice.md`` 4.3)."""

    FACT = "fact", "Fact"
    OPINION = "opinion", "Professional opinion"
    CHILDS_WORDS = "childs_words", "The child’s own words"


class LineKind(Term):
    """Where a contribution stands in a child's record (rule 10, ``practice.md`` 1.9)."""

    WORRY = "worry", "The worry"
    CHANGED = "changed", "What has changed"
    LIFE_NOW = "life_now", "What life is like for the child"
    CHILDS_WORDS = "childs_words", "What the child says"
    NOT_HEARD = "not_heard", "Why the child’s words were not obtained"
    PLAN_TO_HEAR = "plan_to_hear", "Who will hear the child, and by when"
    ANALYSIS = "analysis", "What this means"
    DECISION = "decision", "What the meeting decided"
    RATIONALE = "rationale", "Reasons for the level"
    DISSENT = "dissent", "Who disagreed, and why"
    CONTINGENCY = "contingency", "What happens if it fails"
    SAFETY_TONIGHT = "safety_tonight", "What keeps the child safe tonight"
    WHO_TELLS = "who_tells", "Who tells the child, parents and referrer"
    NO_ACTION = "no_action", "Why a worry has no action"
    INFORMATION = "information", "What an agency told the meeting"
    UPDATE = "update", "Update on an action"
    REFERRAL = "referral", "Why the child came to the meeting"


class EventKind(Term):
    """What can stand in a chronology (``practice.md`` 6)."""

    MISSING = "missing", "Went missing"
    RETURNED = "returned", "Came back"
    RETURN_INTERVIEW = "return_interview", "Return home interview"
    ARREST = "arrest", "Arrest"
    MOVE = "move", "Moved home"
    SCHOOL_CHANGE = "school_change", "School changed"
    SEEN = "seen", "Seen by a worker"
    STRATEGY_DISCUSSION = "strategy_discussion", "Strategy discussion"
    OTHER = "other", "Something else"


class ActionState(Term):
    """The states of rule 2. The first four are unfinished."""

    OPEN = "open", "Open"
    IN_PROGRESS = "in_progress", "In progress"
    WAITING_ON = "waiting_on", "Waiting on"
    REPORTED_DONE = "reported_done", "Reported done"
    DONE = "done", "Done"
    MOVED = "moved", "Moved to another plan"
    NO_LONGER_NEEDED = "no_longer_needed", "No longer needed"
    STOPPED = "stopped", "Stopped"

    @property
    def is_ended(self) -> bool:
        """True once nothing is left to do here. *Moved* counts as ended only when its new lead has accepted:
        until then the action keeps the state it had and carries the offer beside it."""
        return self in (
            ActionState.DONE,
            ActionState.MOVED,
            ActionState.NO_LONGER_NEEDED,
            ActionState.STOPPED,
        )


class Decision(Term):
    """What a meeting can decide about an unfinished action it looks at (rule 3)."""

    NOTED = "noted", "In date, update noted"
    CARRIED = "carried", "Carry to a new date"
    WAITING_ON = "waiting_on", "Accept that it is waiting on somebody"
    CHANGED = "changed", "Change the action"
    ACCEPTED_DONE = "accepted_done", "Accept as done"
    REFUSED_DONE = "refused_done", "Not accepted as done yet"
    OFFERED_TO_PLAN = "offered_to_plan", "Move to another plan"
    NO_LONGER_NEEDED = "no_longer_needed", "No longer needed"
    STOPPED = "stopped", "Stop: it could not be done"
    IMPORTED = "imported", "Carried before this tool"

    @property
    def leaves_open(self) -> bool:
        """True for a line that leaves the action unfinished: every such line is a carry."""
        return self not in (
            Decision.ACCEPTED_DONE,
            Decision.NO_LONGER_NEEDED,
            Decision.STOPPED,
        )


class Cause(Term):
    """Why an action was carried past its date. "Circumstances changed" and "the agency did not do it" are never
    the same (rule 2, ``practice.md`` 1.10)."""

    CIRCUMSTANCES = "circumstances", "Circumstances changed"
    NOT_DONE = "not_done", "The agency did not do it"
    WAITING = "waiting", "Waiting on somebody else"
    UNCLEAR = "unclear", "It was not clear what was wanted"
    CAPACITY = "capacity", "Nobody was free to do it"
    NOT_REPORTED = "not_reported", "No update was given"


class DriftLevel(Term):
    """How far a plan has slipped (rule 5), best to worst."""

    ON_TRACK = "on_track", "On track"
    SLIPPING = "slipping", "Slipping"
    DRIFTING = "drifting", "Drifting"
    STUCK = "stuck", "Plan needs changing"

    @property
    def rank(self) -> int:
        """0 for on track."""
        return list(DriftLevel).index(self)


class MeetingState(Term):
    """The life of a meeting."""

    PLANNED = "planned", "Planned"
    PUBLISHED = "published", "Agenda published"
    OPENED = "opened", "Running now"
    HELD = "held", "Held"
    CANCELLED = "cancelled", "Cancelled"


class SeriesKind(Term):
    """The family of meetings (``practice.md`` 1.2)."""

    CHILDREN = "children", "Children"
    CONTEXTS = "contexts", "Places, groups and people"
    BOTH = "both", "Children and contexts"
    DAILY = "daily", "Daily review"


class Tier(Term):
    """How much of the meeting's time an item gets."""

    FULL = "full", "Full discussion"
    REVIEW = "review", "Short review"
    ON_PAPER = "on_paper", "On paper"


class ItemState(Term):
    """The life of an item: *closed* means read back and released, *approved* means the record is version one."""

    ON_AGENDA = "on_agenda", "On the agenda"
    LEFT_OFF = "left_off", "Left off"
    PUT_OFF = "put_off", "Put off"
    OPENED = "opened", "Being discussed"
    CLOSED = "closed", "Read back and closed"
    APPROVED = "approved", "Record approved"


class Because(Term):
    """Why a subject stands on an agenda."""

    LATE_ACTIONS = "late_actions", "Late actions"
    DRIFT = "drift", "The plan is drifting"
    REPORTED_DONE = "reported_done", "Actions reported done"
    REVIEW_DUE = "review_due", "Review due"
    NEW = "new", "New"
    PUT_OFF = "put_off", "Put off last time"
    EXIT = "exit", "Proposed to leave"
    CONTEXT_DUE = "context_due", "Place, group or person due"
    IMPORTED = "imported", "First look since the spreadsheet"
    ADDED = "added", "Added by hand"


class Presence(Term):
    """Attendance at one item."""

    PRESENT = "present", "Present"
    DEPUTY = "deputy", "Deputy present"
    INFORMATION = "information", "Sent information"
    APOLOGIES = "apologies", "Apologies"
    ABSENT = "absent", "Not present"

    @property
    def counts_for_quorum(self) -> bool:
        """True for somebody in the room."""
        return self in (Presence.PRESENT, Presence.DEPUTY)


class RequestAnswer(Term):
    """What an agency can answer to "what do you know about this child?"."""

    NOT_KNOWN = "not_known", "Not known to us"
    NOTHING_NEW = "nothing_new", "Nothing new"
    HERE_IT_IS = "here_it_is", "Here is what we know"


class SeriesRole(Term):
    """Who runs a series of meetings."""

    CHAIR = "chair", "Chair"
    CO_CHAIR = "co_chair", "Co-chair"
    DEPUTY = "deputy", "Deputy chair"
    MINUTE_TAKER = "minute_taker", "Minute-taker"


class Release(Term):
    """The two releases of rule 8, and what follows them."""

    AGREED = "agreed", "Agreed in the meeting, record to follow"
    RECORD = "record", "Approved record"
    CORRECTION = "correction", "Corrected record"


class Told(Term):
    """Why somebody is sent a record."""

    LEAD = "lead", "Lead practitioner"
    MANAGER = "manager", "Manager of the lead practitioner"
    OWNER = "owner", "Owner of an action"
    WORKING_WITH = "working_with", "Working with the child"
    BY_HAND = "by_hand", "Told by hand"


class Extent(Term):
    """How much of a record somebody is sent (rule 8)."""

    WHOLE = "whole", "The record of the item"
    OWN_ACTION = (
        "own_action",
        "Their own action, its reason and what happens if it fails",
    )


class RecordAnswer(Term):
    """What a worker can answer to a record (rule 8)."""

    ACTING = "acting", "Read and acting"
    DISAGREE = "disagree", "I disagree because"
    NOT_MINE = "not_mine", "Not my child now"


class ReferralOutcome(Term):
    """What the coordinator did with a new child."""

    TAKEN = "taken", "Taken on to the agenda"
    NOT_TAKEN = "not_taken", "Not taken, and told where to go instead"
