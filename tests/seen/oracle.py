"""Who may have which words, from plain rows: who leads, is listed, manages, owns, was sent, was asked. It knows nothing
of ``mace.scope`` or ``mace.domain.policy``: it says the rules a second time, so that one can be held against the other.
"""

from collections import defaultdict
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from mace.models import Model
from tests.seen.walk import Ear

T = Model.metadata.tables
RUN = {"chair", "deputy", "coordinator"}
PARTNERS = {"partner_lead", "partner_member"}
CASES = RUN | PARTNERS | {"practitioner", "team_manager"}
OF_ACTION = {
    "action": ("id", ("what", "why", "contingency", "evidence", "ended_because", "what_covers_it", "offered_to_plan")),
    "waiting": ("action_id", ("asked", "safe_meanwhile", "another_way")),
    "ledger_line": ("action_id", ("reason", "changed")),
    "contribution": ("action_id", ("words",)),
}


class Oracle:
    """Everything that one database lets each person have."""

    def __init__(self, connection: sa.Connection, ear: Ear, today: date) -> None:
        self.ear, self.today, self.since = ear, today, today - timedelta(days=14)
        self.rows = {name: connection.execute(sa.select(table)).mappings().all() for name, table in T.items()}
        self.subjects = {row["id"]: row for row in self.rows["subject"]}
        self.items = {row["id"]: row for row in self.rows["item"]}
        self.protects: dict[UUID, set[UUID]] = defaultdict(set)
        for row in self.rows["action_child"]:
            self.protects[row["action_id"]].add(row["child_id"])
        self.actions = {row["id"]: row for row in self.rows["action"]}
        self.said = {key: self._words_of(key) for key in self.actions}

    def _words_of(self, action_id: UUID) -> frozenset[str]:
        """Every word of an action, of its life, and of the worry it reduces."""
        texts = [
            str(row[column])
            for name, (key, columns) in OF_ACTION.items()
            for row in self.rows[name]
            if row[key] == action_id
            for column in columns
        ]
        waits = {row["id"] for row in self.rows["waiting"] if row["action_id"] == action_id}
        texts += [row["words"] for row in self.rows["chase"] if row["waiting_id"] in waits]
        about, worry = self.actions[action_id]["subject_id"], self.actions[action_id]["concern_id"]
        return self.ear.hear("\n".join(texts)) | self._worry(about, worry)

    def _worry(self, subject_id: UUID, concern_id: UUID | None) -> frozenset[str]:
        words = [
            row["words"] for row in self.rows["concern"] if (row["id"], row["subject_id"]) == (concern_id, subject_id)
        ]
        return self.ear.hear("\n".join(words))

    def name(self, subject_id: UUID) -> set[str]:
        """How a subject is called."""
        row = self.subjects[subject_id]
        return {row["name"].lower(), row["reference"].lower()}

    def allows(self, person_id: UUID, canaries: list[dict[str, object]]) -> frozenset[str] | None:
        """The words and names that this person may have; None for all of them."""
        person = next(row for row in self.rows["person"] if row["id"] == person_id)
        held = [
            row
            for row in self.rows["role_holding"]
            if row["person_id"] == person_id and row["starts_on"] <= self.today <= (row["ends_on"] or self.today)
        ]
        roles = {str(row["role"]) for row in held} if person["is_active"] else set()
        if roles & RUN:
            return None
        teams = {row["team_id"] for row in held if row["team_id"]}
        open_ = self._records(person_id, teams) if roles & CASES else set()
        found = {str(one["canary"]).lower() for one in canaries if {UUID(key) for key in one["on"]} & open_}  # type: ignore[attr-defined]
        known = set(open_)
        for key, row in self.actions.items():
            on_open = bool(({row["subject_id"]} | self.protects[key]) & open_)
            reached = roles & (CASES | {"guest"}) and self._reaches(person, roles, teams, row)
            if on_open:
                worry = (
                    set()
                    if reached or row["subject_id"] in open_
                    else self._worry(row["subject_id"], row["concern_id"])
                )
                found |= self.said[key] - worry
            if reached:
                found |= self.said[key]
                known |= {row["subject_id"], *self.protects[key]}
        if roles & PARTNERS:
            known |= self._asked(person, found)
        found |= {word for row in self.rows["delivery"] if row["person_id"] == person_id
                  for word in self.ear.hear(row["answer_words"])}  # fmt: skip
        return frozenset(found.union(*(self.name(one) for one in known)))

    def _records(self, person_id: UUID, teams: set[UUID]) -> set[UUID]:
        """The subjects whose record is theirs: led, listed until 14 days ago, or led by somebody of their team."""
        live = [row for row in self.rows["allocation"] if row["ended_on"] is None]
        led = {row["child_id"] for row in live if row["person_id"] == person_id or row["team_id"] in teams}
        return led | {
            row["child_id"]
            for row in self.rows["working_with"]
            if row["person_id"] == person_id and (row["ended_on"] or self.today) >= self.since
        }

    def _reaches(self, person: sa.RowMapping, roles: set[str], teams: set[UUID], action: sa.RowMapping) -> bool:
        """Owns it, helps, chases, is offered it, leads its owner's agency or team; until 14 days after its end."""
        if (action["ended_on"] or self.today) < self.since:
            return False
        me, key, owner = person["id"], action["id"], action["owner_id"]
        of_team = {row["id"] for row in self.rows["person"] if row["team_id"] in teams}
        return (
            me in (owner, action["offered_to_id"])
            or owner in of_team
            or ("partner_lead" in roles and person["agency_id"] == action["owner_agency_id"])
            or any(row["action_id"] == key and row["person_id"] == me for row in self.rows["action_contributor"])
            or any(
                row["action_id"] == key and row["chaser_id"] == me and not row["ended_on"]
                for row in self.rows["waiting"]
            )
        )

    def _asked(self, person: sa.RowMapping, found: set[str]) -> set[UUID]:
        """Who stands on an agenda sent to their agency; and what their agency itself answered about them."""
        series = {row["series_id"] for row in self.rows["series_agency"] if row["agency_id"] == person["agency_id"]}
        meetings = {
            row["id"]
            for row in self.rows["meeting"]
            if row["series_id"] in series and row["state"] in ("published", "opened", "held")
        }
        on = {
            key: row["subject_id"]
            for key, row in self.items.items()
            if row["meeting_id"] in meetings and row["state"] in ("on_agenda", "opened", "closed")
        }
        asked = [
            r for r in self.rows["information_request"] if r["item_id"] in on and r["agency_id"] == person["agency_id"]
        ]
        for row in self.rows["child"]:
            if row["subject_id"] in {on[one["item_id"]] for one in asked}:
                found |= self.ear.hear(f"{row['also_known_as']} {row['school']}")
        answers = {one["contribution_id"] for one in asked}
        found |= self.ear.hear("\n".join(r["words"] for r in self.rows["contribution"] if r["id"] in answers))
        return set(on.values())
