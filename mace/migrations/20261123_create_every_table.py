"""Create every table of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "20261123"
down_revision = None
branch_labels = ("default",)
depends_on = None


# The trail cannot be changed; a value can only go once its tombstone says who approved that. An INSERT that would
# replace a row is refused too: SQLite lets it delete the old row without asking the other triggers.
REFUSED = "the trail cannot be changed"
# What was signed stands as it is: a correction is the next version (rule 8).
SIGNED = "signed text never changes"
GUARDS = {
    "sqlite": [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        for table, verb, when in (
            ("trail", "UPDATE", ""),
            ("trail", "DELETE", ""),
            ("history_tombstone", "UPDATE", ""),
            ("history_tombstone", "DELETE", ""),
            ("history_value", "UPDATE", ""),
            (
                "history_value",
                "DELETE",
                "WHEN NOT EXISTS (SELECT 1 FROM history_tombstone t WHERE t.seq = OLD.seq) ",
            ),
            ("trail", "INSERT", "WHEN EXISTS (SELECT 1 FROM trail t WHERE t.seq = NEW.seq) "),
            (
                "history_tombstone",
                "INSERT",
                "WHEN EXISTS (SELECT 1 FROM history_tombstone t WHERE t.seq = NEW.seq) ",
            ),
            (
                "history_value",
                "INSERT",
                "WHEN EXISTS (SELECT 1 FROM history_value v "
                "WHERE v.seq = NEW.seq AND v.field = NEW.field AND v.side = NEW.side) ",
            ),
        )
    ]
    + [
        "CREATE TRIGGER record_version_no_update BEFORE UPDATE ON record_version "
        f"BEGIN SELECT RAISE(ABORT, '{SIGNED}'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION mace_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$",
        "CREATE FUNCTION mace_refuse_unless_tombstone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF EXISTS (SELECT 1 FROM history_tombstone t WHERE t.seq = OLD.seq) THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION '{REFUSED}'; END $$",
        "CREATE TRIGGER trail_guard BEFORE UPDATE OR DELETE ON trail FOR EACH ROW EXECUTE FUNCTION mace_refuse()",
        "CREATE TRIGGER trail_guard_all BEFORE TRUNCATE ON trail EXECUTE FUNCTION mace_refuse()",
        "CREATE TRIGGER history_tombstone_guard BEFORE UPDATE OR DELETE ON history_tombstone "
        "FOR EACH ROW EXECUTE FUNCTION mace_refuse()",
        "CREATE TRIGGER history_tombstone_guard_all BEFORE TRUNCATE ON history_tombstone "
        "EXECUTE FUNCTION mace_refuse()",
        "CREATE TRIGGER history_value_guard_all BEFORE TRUNCATE ON history_value EXECUTE FUNCTION mace_refuse()",
        "CREATE TRIGGER history_value_no_update BEFORE UPDATE ON history_value "
        "FOR EACH ROW EXECUTE FUNCTION mace_refuse()",
        "CREATE TRIGGER history_value_no_delete BEFORE DELETE ON history_value "
        "FOR EACH ROW EXECUTE FUNCTION mace_refuse_unless_tombstone()",
        "CREATE FUNCTION mace_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{SIGNED}'; END $$",
        "CREATE TRIGGER record_version_no_update BEFORE UPDATE ON record_version "
        "FOR EACH ROW EXECUTE FUNCTION mace_refuse_rewriting()",
    ],
}


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "social_care",
                "police",
                "health",
                "education",
                "youth_justice",
                "housing",
                "voluntary",
                "community_safety",
                "probation",
                "other",
                name="agency_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_member", sa.Boolean(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_agency_name_not_blank")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("name", name=op.f("uq_agency_name")),
    )
    op.create_table(
        "import_mapping",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mapping")),
        sa.UniqueConstraint("name", name=op.f("uq_import_mapping_name")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("held_demo_data", sa.Boolean(), nullable=False),
        sa.Column("demo_day", sa.String(length=10), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "children",
                "contexts",
                "both",
                "daily",
                name="series_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("cadence_days", sa.Integer(), nullable=False),
        sa.Column("available_minutes", sa.Integer(), nullable=False),
        sa.Column("usual_time", sa.Time(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "available_minutes BETWEEN 10 AND 600",
            name=op.f("ck_series_minutes_possible"),
        ),
        sa.CheckConstraint("cadence_days BETWEEN 1 AND 366", name=op.f("ck_series_cadence_possible")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("name", name=op.f("uq_series_name")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_address"), ["address"], unique=False)

    op.create_table(
        "subject",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "child",
                "person",
                "context",
                name="subject_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("search_name", sa.String(length=500), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("on_mace_since", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_because", sa.Text(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "emerging",
                "moderate",
                "significant",
                name="risk_level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("level_on", sa.Date(), nullable=True),
        sa.Column(
            "harm_status",
            sa.Enum(
                "no_evidence",
                "suspected",
                "ongoing",
                "past",
                name="harm_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "direction",
            sa.Enum(
                "safer",
                "same",
                "less_safe",
                "cannot_tell",
                name="direction",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("next_review_on", sa.Date(), nullable=True),
        sa.Column("exit_proposed_on", sa.Date(), nullable=True),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("details_saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_subject_name_not_blank")),
        sa.CheckConstraint("reference <> ''", name=op.f("ck_subject_reference_not_blank")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject")),
        sa.UniqueConstraint("reference", name=op.f("uq_subject_reference")),
    )
    with op.batch_alter_table("subject", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subject_search_name"), ["search_name"], unique=False)

    op.create_table(
        "trail",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=80), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("acting_as", sa.String(length=200), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_trail")),
    )
    with op.batch_alter_table("trail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trail_object_id"), ["object_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_trail_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_trail_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "trail_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_trail_head_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_head")),
    )
    op.create_table(
        "child",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("also_known_as", sa.String(length=200), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column(
            "sex",
            sa.Enum(
                "female",
                "male",
                "not_known",
                name="sex",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ethnicity", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=100), nullable=False),
        sa.Column("needs_interpreter", sa.Boolean(), nullable=False),
        sa.Column("send_needs", sa.String(length=300), nullable=False),
        sa.Column("neurodiversity", sa.String(length=300), nullable=False),
        sa.Column(
            "legal_status",
            sa.Enum(
                "early_help",
                "child_in_need",
                "child_protection",
                "looked_after",
                "care_leaver",
                "not_open",
                "not_known",
                name="legal_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("school", sa.String(length=200), nullable=False),
        sa.Column("placing_authority", sa.String(length=200), nullable=False),
        sa.Column("harms", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_child_subject_id_subject")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_child")),
    )
    op.create_table(
        "context",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "place",
                "peer_group",
                "school",
                "online",
                "transport",
                "theme",
                name="context_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("what_happens", sa.Text(), nullable=False),
        sa.Column("who_is_responsible", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_context_subject_id_subject")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_context")),
    )
    op.create_table(
        "context_child",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("context_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("how", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["subject.id"], name=op.f("fk_context_child_child_id_subject")),
        sa.ForeignKeyConstraint(
            ["context_id"],
            ["subject.id"],
            name=op.f("fk_context_child_context_id_subject"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_context_child")),
        sa.UniqueConstraint("context_id", "child_id", name=op.f("uq_context_child_context_id_child_id")),
    )
    with op.batch_alter_table("context_child", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_context_child_child_id"), ["child_id"], unique=False)

    op.create_table(
        "history_value",
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("side", sa.String(length=3), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["trail.seq"], name=op.f("fk_history_value_seq_trail")),
        sa.PrimaryKeyConstraint("seq", "field", "side", name=op.f("pk_history_value")),
    )
    op.create_table(
        "person_of_concern",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("described_as", sa.Text(), nullable=False),
        sa.Column("police_reference", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.id"],
            name=op.f("fk_person_of_concern_subject_id_subject"),
        ),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_person_of_concern")),
    )
    op.create_table(
        "series_agency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("for_quorum", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_series_agency_agency_id_agency")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_series_agency_series_id_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_agency")),
        sa.UniqueConstraint("series_id", "agency_id", name=op.f("uq_series_agency_series_id_agency_id")),
    )
    with op.batch_alter_table("series_agency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_series_agency_agency_id"), ["agency_id"], unique=False)

    op.create_table(
        "team",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_team_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_team_agency_id_name")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("job", sa.String(length=200), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("leaves_on", sa.Date(), nullable=True),
        sa.Column("same_as_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_person_name_not_blank")),
        sa.CheckConstraint(
            "email IS NULL OR email = lower(email)",
            name=op.f("ck_person_email_lower_case"),
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_person_agency_id_agency")),
        sa.ForeignKeyConstraint(["same_as_id"], ["person.id"], name=op.f("fk_person_same_as_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_person_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_same_as_id"), ["same_as_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_team_id"), ["team_id"], unique=False)

    op.create_table(
        "allocation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("confirmed_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "ended_on IS NULL OR ended_on >= started_on",
            name=op.f("ck_allocation_ends_after_start"),
        ),
        sa.ForeignKeyConstraint(["child_id"], ["subject.id"], name=op.f("fk_allocation_child_id_subject")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"],
            ["person.id"],
            name=op.f("fk_allocation_confirmed_by_id_person"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_allocation_person_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_allocation_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
    )
    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allocation_child_id"), ["child_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_allocation_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_allocation_team_id"), ["team_id"], unique=False)
        batch_op.create_index(
            "uq_allocation_one_live",
            ["child_id"],
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )

    op.create_table(
        "concern",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source_agency_id", sa.Uuid(), nullable=False),
        sa.Column("source_person_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("received_from", sa.String(length=300), nullable=False),
        sa.Column(
            "handling",
            sa.Enum(
                "whole_meeting",
                "professionals",
                "police_only",
                "named_people",
                "family_may_know",
                "not_to_family",
                "third_party",
                name="handling",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "fact",
                "opinion",
                "childs_words",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column(
            "harm",
            sa.Enum(
                "cse",
                "cce",
                "county_lines",
                "trafficking",
                "hsb",
                "serious_violence",
                "online",
                "financial",
                "home_taken_over",
                "missing",
                "unknown",
                name="harm",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=False),
        sa.CheckConstraint("words <> ''", name=op.f("ck_concern_words_not_blank")),
        sa.ForeignKeyConstraint(
            ["entered_by_id"],
            ["person.id"],
            name=op.f("fk_concern_entered_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["source_agency_id"],
            ["agency.id"],
            name=op.f("fk_concern_source_agency_id_agency"),
        ),
        sa.ForeignKeyConstraint(
            ["source_person_id"],
            ["person.id"],
            name=op.f("fk_concern_source_person_id_person"),
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_concern_subject_id_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern")),
    )
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_concern_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint(
            "person_id",
            "form",
            "about_id",
            name=op.f("uq_draft_person_id_form_about_id"),
        ),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_agency_id", sa.Uuid(), nullable=False),
        sa.Column("source_person_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("received_from", sa.String(length=300), nullable=False),
        sa.Column(
            "handling",
            sa.Enum(
                "whole_meeting",
                "professionals",
                "police_only",
                "named_people",
                "family_may_know",
                "not_to_family",
                "third_party",
                name="handling",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "fact",
                "opinion",
                "childs_words",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "missing",
                "returned",
                "return_interview",
                "arrest",
                "move",
                "school_change",
                "seen",
                "strategy_discussion",
                "other",
                name="event_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("at_time", sa.Time(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_event_entered_by_id_person")),
        sa.ForeignKeyConstraint(
            ["source_agency_id"],
            ["agency.id"],
            name=op.f("fk_event_source_agency_id_agency"),
        ),
        sa.ForeignKeyConstraint(
            ["source_person_id"],
            ["person.id"],
            name=op.f("fk_event_source_person_id_person"),
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_event_subject_id_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_subject_on", ["subject_id", "happened_on"], unique=False)

    op.create_table(
        "history_tombstone",
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("approved_by_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by_id"],
            ["person.id"],
            name=op.f("fk_history_tombstone_approved_by_id_person"),
        ),
        sa.ForeignKeyConstraint(["seq"], ["trail.seq"], name=op.f("fk_history_tombstone_seq_trail")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_history_tombstone")),
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("children_made", sa.Integer(), nullable=False),
        sa.Column("actions_made", sa.Integer(), nullable=False),
        sa.Column("notes_added", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_import_batch_by_id_person")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_import_batch_series_id_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_batch_digest"), ["digest"], unique=False)

    op.create_table(
        "live_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(length=100), nullable=False),
        sa.CheckConstraint("kind IN ('person', 'shown_page')", name=op.f("ck_live_session_kind_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_live_session_person_id_person")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_live_session")),
    )
    with op.batch_alter_table("live_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_live_session_person_id"), ["person_id"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=True),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "published",
                "opened",
                "held",
                "cancelled",
                name="meeting_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("available_minutes", sa.Integer(), nullable=False),
        sa.Column("minute_taker_id", sa.Uuid(), nullable=True),
        sa.Column("agenda_built_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_because", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["minute_taker_id"],
            ["person.id"],
            name=op.f("fk_meeting_minute_taker_id_person"),
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_meeting_series_id_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index("ix_meeting_series_on", ["series_id", "held_on"], unique=False)

    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_agency_id", sa.Uuid(), nullable=False),
        sa.Column("source_person_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("received_from", sa.String(length=300), nullable=False),
        sa.Column(
            "handling",
            sa.Enum(
                "whole_meeting",
                "professionals",
                "police_only",
                "named_people",
                "family_may_know",
                "not_to_family",
                "third_party",
                name="handling",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "fact",
                "opinion",
                "childs_words",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("from_whom", sa.String(length=300), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("referred_on", sa.Date(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "taken",
                "not_taken",
                name="referral_outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("outcome_because", sa.Text(), nullable=False),
        sa.Column("who_tells_referrer", sa.String(length=300), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entered_by_id"],
            ["person.id"],
            name=op.f("fk_referral_entered_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["source_agency_id"],
            ["agency.id"],
            name=op.f("fk_referral_source_agency_id_agency"),
        ),
        sa.ForeignKeyConstraint(
            ["source_person_id"],
            ["person.id"],
            name=op.f("fk_referral_source_person_id_person"),
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_referral_subject_id_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referral_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "role_holding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "practitioner",
                "team_manager",
                "coordinator",
                "chair",
                "deputy",
                "partner_lead",
                "partner_member",
                "guest",
                "analyst",
                "executive",
                "ig_lead",
                "auditor",
                "out_of_hours",
                "sysadmin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role <> 'team_manager' OR team_id IS NOT NULL",
            name=op.f("ck_role_holding_manager_has_team"),
        ),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on",
            name=op.f("ck_role_holding_ends_after_start"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_holding_person_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_role_holding_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_holding")),
    )
    with op.batch_alter_table("role_holding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_holding_person_id"), ["person_id"], unique=False)

    op.create_table(
        "series_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "chair",
                "co_chair",
                "deputy",
                "minute_taker",
                name="series_role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_series_person_person_id_person")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_series_person_series_id_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_person")),
        sa.UniqueConstraint(
            "series_id",
            "person_id",
            "role",
            name=op.f("uq_series_person_series_id_person_id_role"),
        ),
    )
    op.create_table(
        "sign_in_method",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("secret_hash", sa.String(length=500), nullable=False),
        sa.CheckConstraint("kind IN ('password')", name=op.f("ck_sign_in_method_kind_known")),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_sign_in_method_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_method")),
        sa.UniqueConstraint("person_id", "kind", name=op.f("uq_sign_in_method_person_id_kind")),
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("file_kind", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_upload_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_table(
        "working_with",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("how", sa.String(length=200), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "ended_on IS NULL OR ended_on >= started_on",
            name=op.f("ck_working_with_ends_after_start"),
        ),
        sa.ForeignKeyConstraint(["child_id"], ["subject.id"], name=op.f("fk_working_with_child_id_subject")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_working_with_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_with")),
    )
    with op.batch_alter_table("working_with", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_working_with_child_id"), ["child_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_working_with_person_id"), ["person_id"], unique=False)

    op.create_table(
        "imported_row",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("row_key", sa.String(length=200), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("made_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.String(length=100), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["import_batch.id"],
            name=op.f("fk_imported_row_batch_id_import_batch"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_row")),
        sa.UniqueConstraint("kind", "row_key", name=op.f("uq_imported_row_kind_row_key")),
    )
    with op.batch_alter_table("imported_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imported_row_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_imported_row_made_id"), ["made_id"], unique=False)

    op.create_table(
        "item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "tier",
            sa.Enum(
                "full",
                "review",
                "on_paper",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "on_agenda",
                "left_off",
                "put_off",
                "opened",
                "closed",
                "approved",
                name="item_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("off_because", sa.String(length=500), nullable=False),
        sa.Column("times_put_off", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("approved_anyway_because", sa.Text(), nullable=False),
        sa.Column("is_quorate", sa.Boolean(), nullable=True),
        sa.Column("quorum_words", sa.String(length=500), nullable=False),
        sa.Column("assessed_with", sa.String(length=200), nullable=False),
        sa.Column("assessed_level", sa.String(length=100), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=True),
        sa.Column("assessed_by", sa.String(length=200), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "emerging",
                "moderate",
                "significant",
                name="risk_level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "harm_status",
            sa.Enum(
                "no_evidence",
                "suspected",
                "ongoing",
                "past",
                name="harm_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "direction",
            sa.Enum(
                "safer",
                "same",
                "less_safe",
                "cannot_tell",
                name="direction",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("next_review_on", sa.Date(), nullable=True),
        sa.Column("proposes_exit", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("saved_by_id", sa.Uuid(), nullable=True),
        sa.Column("saves", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_at IS NOT NULL)",
            name=op.f("ck_item_approved_has_moment"),
        ),
        sa.CheckConstraint(
            "(state IN ('closed', 'approved')) = (closed_at IS NOT NULL)",
            name=op.f("ck_item_closed_has_moment"),
        ),
        sa.CheckConstraint(
            "state <> 'left_off' OR off_because <> ''",
            name=op.f("ck_item_left_off_has_reason"),
        ),
        sa.CheckConstraint(
            "state <> 'put_off' OR off_because <> ''",
            name=op.f("ck_item_put_off_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"],
            ["person.id"],
            name=op.f("fk_item_approved_by_id_person"),
        ),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_item_closed_by_id_person")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_item_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_item_saved_by_id_person")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_item_subject_id_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("meeting_id", "subject_id", name=op.f("uq_item_meeting_id_subject_id")),
    )
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.create_index("ix_item_meeting_position", ["meeting_id", "position"], unique=False)
        batch_op.create_index("ix_item_subject", ["subject_id"], unique=False)

    op.create_table(
        "meeting_attendance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column(
            "presence",
            sa.Enum(
                "present",
                "deputy",
                "information",
                "apologies",
                "absent",
                name="presence",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("who", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"],
            ["agency.id"],
            name=op.f("fk_meeting_attendance_agency_id_agency"),
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["meeting.id"],
            name=op.f("fk_meeting_attendance_meeting_id_meeting"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_attendance")),
        sa.UniqueConstraint(
            "meeting_id",
            "agency_id",
            name=op.f("uq_meeting_attendance_meeting_id_agency_id"),
        ),
    )
    op.create_table(
        "action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source_agency_id", sa.Uuid(), nullable=False),
        sa.Column("source_person_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("received_from", sa.String(length=300), nullable=False),
        sa.Column(
            "handling",
            sa.Enum(
                "whole_meeting",
                "professionals",
                "police_only",
                "named_people",
                "family_may_know",
                "not_to_family",
                "third_party",
                name="handling",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "fact",
                "opinion",
                "childs_words",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("concern_id", sa.Uuid(), nullable=True),
        sa.Column("set_at_item_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("contingency", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("owner_agency_id", sa.Uuid(), nullable=False),
        sa.Column("owner_accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("first_due", sa.Date(), nullable=True),
        sa.Column("first_due_words", sa.String(length=200), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("long_date_reason", sa.String(length=500), nullable=False),
        sa.Column("late_line", sa.Date(), nullable=False),
        sa.Column(
            "level_when_set",
            sa.Enum(
                "emerging",
                "moderate",
                "significant",
                name="risk_level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "in_progress",
                "waiting_on",
                "reported_done",
                "done",
                "moved",
                "no_longer_needed",
                "stopped",
                name="action_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reported_done_on", sa.Date(), nullable=True),
        sa.Column("reported_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("reported_refused", sa.Boolean(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=False),
        sa.Column("what_covers_it", sa.Text(), nullable=False),
        sa.Column("ended_after_late_carries", sa.Integer(), nullable=True),
        sa.Column("offered_to_plan", sa.String(length=300), nullable=False),
        sa.Column("offered_to_id", sa.Uuid(), nullable=True),
        sa.Column("offered_on", sa.Date(), nullable=True),
        sa.Column("owner_changes", sa.Integer(), nullable=False),
        sa.Column("last_update_on", sa.Date(), nullable=True),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carries", sa.Integer(), nullable=False),
        sa.Column("late_carries", sa.Integer(), nullable=False),
        sa.Column("carries_before", sa.Integer(), nullable=False),
        sa.Column("late_carries_before", sa.Integer(), nullable=False),
        sa.Column("date_moves", sa.Integer(), nullable=False),
        sa.Column("late_from", sa.Date(), nullable=True),
        sa.Column(
            "drift",
            sa.Enum(
                "on_track",
                "slipping",
                "drifting",
                "stuck",
                name="drift_level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sort_weight", sa.Integer(), nullable=False),
        sa.Column("drift_changes_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('done', 'moved', 'no_longer_needed', 'stopped')) = (ended_on IS NOT NULL)",
            name=op.f("ck_action_ended_has_date"),
        ),
        sa.CheckConstraint(
            "state <> 'no_longer_needed' OR (ended_because <> '' AND what_covers_it <> '')",
            name=op.f("ck_action_no_longer_needed_is_covered"),
        ),
        sa.CheckConstraint(
            "state <> 'stopped' OR ended_because <> ''",
            name=op.f("ck_action_stopped_has_reason"),
        ),
        sa.CheckConstraint("what <> ''", name=op.f("ck_action_what_not_blank")),
        sa.CheckConstraint(
            "carries >= late_carries AND late_carries >= 0",
            name=op.f("ck_action_carries_counted"),
        ),
        sa.CheckConstraint(
            "carries >= carries_before AND late_carries >= late_carries_before AND late_carries_before >= 0",
            name=op.f("ck_action_carries_before_counted"),
        ),
        sa.CheckConstraint(
            "imported OR concern_id IS NOT NULL",
            name=op.f("ck_action_has_concern_unless_imported"),
        ),
        sa.CheckConstraint(
            "imported OR first_due IS NOT NULL",
            name=op.f("ck_action_has_date_unless_imported"),
        ),
        sa.CheckConstraint(
            "imported OR owner_id IS NOT NULL",
            name=op.f("ck_action_has_owner_unless_imported"),
        ),
        sa.ForeignKeyConstraint(["concern_id"], ["concern.id"], name=op.f("fk_action_concern_id_concern")),
        sa.ForeignKeyConstraint(
            ["entered_by_id"],
            ["person.id"],
            name=op.f("fk_action_entered_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["offered_to_id"],
            ["person.id"],
            name=op.f("fk_action_offered_to_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_agency_id"],
            ["agency.id"],
            name=op.f("fk_action_owner_agency_id_agency"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_action_owner_id_person")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_action_series_id_series")),
        sa.ForeignKeyConstraint(["set_at_item_id"], ["item.id"], name=op.f("fk_action_set_at_item_id_item")),
        sa.ForeignKeyConstraint(
            ["source_agency_id"],
            ["agency.id"],
            name=op.f("fk_action_source_agency_id_agency"),
        ),
        sa.ForeignKeyConstraint(
            ["source_person_id"],
            ["person.id"],
            name=op.f("fk_action_source_person_id_person"),
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_action_subject_id_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
        sa.UniqueConstraint("number", name=op.f("uq_action_number")),
    )
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.create_index(
            "ix_action_agency_unfinished",
            ["owner_agency_id", "sort_weight", "id"],
            unique=False,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.create_index(
            "ix_action_drift_changes",
            ["drift_changes_on"],
            unique=False,
            sqlite_where=sa.text("drift_changes_on IS NOT NULL"),
            postgresql_where=sa.text("drift_changes_on IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_action_due_unfinished",
            [sa.text("coalesce(due, '9999-12-31')"), "id"],
            unique=False,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.create_index(
            "ix_action_newest_unfinished",
            ["set_on", "id"],
            unique=False,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.create_index(
            "ix_action_drift_unfinished",
            ["drift", "sort_weight", "id"],
            unique=False,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.create_index(
            "ix_action_state_unfinished",
            ["state", "sort_weight", "id"],
            unique=False,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.create_index(
            "ix_action_late_unfinished",
            ["late_from"],
            unique=False,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.create_index(
            "ix_action_ended",
            ["ended_on", "id"],
            unique=False,
            sqlite_where=sa.text("ended_on IS NOT NULL"),
            postgresql_where=sa.text("ended_on IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_action_offered",
            ["offered_to_id"],
            unique=False,
            sqlite_where=sa.text("offered_to_id IS NOT NULL"),
            postgresql_where=sa.text("offered_to_id IS NOT NULL"),
        )
        batch_op.create_index("ix_action_set_at", ["set_at_item_id"], unique=False)
        batch_op.create_index("ix_action_owner_unfinished", ["owner_id", "ended_on", "due"], unique=False)
        batch_op.create_index("ix_action_sort", ["sort_weight", "id"], unique=False)
        batch_op.create_index("ix_action_subject", ["subject_id", "ended_on"], unique=False)
        batch_op.create_index(
            "ix_action_unfinished",
            ["sort_weight", "id"],
            unique=False,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )

    op.create_table(
        "attendance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column(
            "presence",
            sa.Enum(
                "present",
                "deputy",
                "information",
                "apologies",
                "absent",
                name="presence",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("who", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_attendance_agency_id_agency")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_attendance_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint("item_id", "agency_id", name=op.f("uq_attendance_item_id_agency_id")),
    )
    op.create_table(
        "brief",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source_agency_id", sa.Uuid(), nullable=False),
        sa.Column("source_person_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("received_from", sa.String(length=300), nullable=False),
        sa.Column(
            "handling",
            sa.Enum(
                "whole_meeting",
                "professionals",
                "police_only",
                "named_people",
                "family_may_know",
                "not_to_family",
                "third_party",
                name="handling",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "fact",
                "opinion",
                "childs_words",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.Text(), nullable=False),
        sa.Column("childs_words", sa.Text(), nullable=False),
        sa.Column("what_changed", sa.Text(), nullable=False),
        sa.Column("what_i_need", sa.Text(), nullable=False),
        sa.Column("who_tells", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_brief_entered_by_id_person")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_brief_item_id_item")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_brief_person_id_person")),
        sa.ForeignKeyConstraint(
            ["source_agency_id"],
            ["agency.id"],
            name=op.f("fk_brief_source_agency_id_agency"),
        ),
        sa.ForeignKeyConstraint(
            ["source_person_id"],
            ["person.id"],
            name=op.f("fk_brief_source_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief")),
        sa.UniqueConstraint("item_id", "person_id", name=op.f("uq_brief_item_id_person_id")),
    )
    with op.batch_alter_table("brief", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_brief_person_id"), ["person_id"], unique=False)

    op.create_table(
        "import_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("imported_row_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("taken", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["import_batch.id"],
            name=op.f("fk_import_change_batch_id_import_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["person.id"],
            name=op.f("fk_import_change_decided_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["imported_row_id"],
            ["imported_row.id"],
            name=op.f("fk_import_change_imported_row_id_imported_row"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_change")),
    )
    with op.batch_alter_table("import_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_change_batch_id"), ["batch_id"], unique=False)

    op.create_table(
        "record_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "release",
            sa.Enum(
                "agreed",
                "record",
                "correction",
                name="release",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(release = 'agreed') = (number = 0)",
            name=op.f("ck_record_version_agreed_is_number_zero"),
        ),
        sa.CheckConstraint(
            "release <> 'correction' OR because <> ''",
            name=op.f("ck_record_version_correction_has_reason"),
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_record_version_item_id_item")),
        sa.ForeignKeyConstraint(
            ["made_by_id"],
            ["person.id"],
            name=op.f("fk_record_version_made_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.id"],
            name=op.f("fk_record_version_subject_id_subject"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_version")),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_record_version_item_id_number")),
    )
    with op.batch_alter_table("record_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_record_version_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "action_child",
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_action_child_action_id_action")),
        sa.ForeignKeyConstraint(["child_id"], ["subject.id"], name=op.f("fk_action_child_child_id_subject")),
        sa.PrimaryKeyConstraint("action_id", "child_id", name=op.f("pk_action_child")),
    )
    with op.batch_alter_table("action_child", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_action_child_child_id"), ["child_id"], unique=False)

    op.create_table(
        "action_contributor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_id"],
            ["action.id"],
            name=op.f("fk_action_contributor_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"],
            ["agency.id"],
            name=op.f("fk_action_contributor_agency_id_agency"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_action_contributor_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_contributor")),
    )
    with op.batch_alter_table("action_contributor", schema=None) as batch_op:
        batch_op.create_index("ix_action_contributor_action", ["action_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_action_contributor_person_id"), ["person_id"], unique=False)

    op.create_table(
        "contribution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source_agency_id", sa.Uuid(), nullable=False),
        sa.Column("source_person_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("received_from", sa.String(length=300), nullable=False),
        sa.Column(
            "handling",
            sa.Enum(
                "whole_meeting",
                "professionals",
                "police_only",
                "named_people",
                "family_may_know",
                "not_to_family",
                "third_party",
                name="handling",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "fact",
                "opinion",
                "childs_words",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("action_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "worry",
                "changed",
                "life_now",
                "childs_words",
                "not_heard",
                "plan_to_hear",
                "analysis",
                "decision",
                "rationale",
                "dissent",
                "contingency",
                "safety_tonight",
                "who_tells",
                "no_action",
                "information",
                "update",
                "referral",
                name="line_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("words <> ''", name=op.f("ck_contribution_words_not_blank")),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_contribution_action_id_action")),
        sa.ForeignKeyConstraint(
            ["entered_by_id"],
            ["person.id"],
            name=op.f("fk_contribution_entered_by_id_person"),
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_contribution_item_id_item")),
        sa.ForeignKeyConstraint(
            ["source_agency_id"],
            ["agency.id"],
            name=op.f("fk_contribution_source_agency_id_agency"),
        ),
        sa.ForeignKeyConstraint(
            ["source_person_id"],
            ["person.id"],
            name=op.f("fk_contribution_source_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.id"],
            name=op.f("fk_contribution_subject_id_subject"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution")),
    )
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contribution_action_id"), ["action_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contribution_item_id"), ["item_id"], unique=False)
        batch_op.create_index("ix_contribution_subject_on", ["subject_id", "said_on"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_version_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("to_name", sa.String(length=300), nullable=False),
        sa.Column(
            "told",
            sa.Enum(
                "lead",
                "manager",
                "owner",
                "working_with",
                "by_hand",
                name="told",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "extent",
            sa.Enum(
                "whole",
                "own_action",
                name="extent",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("action_id", sa.Uuid(), nullable=True),
        sa.Column("how", sa.String(length=300), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undelivered_because", sa.String(length=300), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "answer",
            sa.Enum(
                "acting",
                "disagree",
                "not_mine",
                name="record_answer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("answer_words", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("filed_by_id", sa.Uuid(), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "answer <> 'disagree' OR answer_words <> ''",
            name=op.f("ck_delivery_disagreement_has_reason"),
        ),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR to_name <> ''",
            name=op.f("ck_delivery_to_somebody"),
        ),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_delivery_action_id_action")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_delivery_by_id_person")),
        sa.ForeignKeyConstraint(["filed_by_id"], ["person.id"], name=op.f("fk_delivery_filed_by_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delivery_person_id_person")),
        sa.ForeignKeyConstraint(
            ["record_version_id"],
            ["record_version.id"],
            name=op.f("fk_delivery_record_version_id_record_version"),
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_delivery_subject_id_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_person_open", ["person_id", "answered_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_subject_id"), ["subject_id"], unique=False)
        batch_op.create_index("ix_delivery_version", ["record_version_id"], unique=False)

    op.create_table(
        "ledger_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=True),
        sa.Column("meeting_on", sa.Date(), nullable=False),
        sa.Column(
            "state_found",
            sa.Enum(
                "open",
                "in_progress",
                "waiting_on",
                "reported_done",
                "done",
                "moved",
                "no_longer_needed",
                "stopped",
                name="action_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "decision",
            sa.Enum(
                "noted",
                "carried",
                "waiting_on",
                "changed",
                "accepted_done",
                "refused_done",
                "offered_to_plan",
                "no_longer_needed",
                "stopped",
                "imported",
                name="decision",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("leaves_open", sa.Boolean(), nullable=False),
        sa.Column("carried_late", sa.Boolean(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "circumstances",
                "not_done",
                "waiting",
                "unclear",
                "capacity",
                "not_reported",
                name="cause",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("old_due", sa.Date(), nullable=True),
        sa.Column("new_due", sa.Date(), nullable=True),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "NOT carried_late OR leaves_open",
            name=op.f("ck_ledger_line_late_carry_is_a_carry"),
        ),
        sa.CheckConstraint(
            "imported = (meeting_id IS NULL)",
            name=op.f("ck_ledger_line_meeting_unless_imported"),
        ),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_ledger_line_action_id_action")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_ledger_line_by_id_person")),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["meeting.id"],
            name=op.f("fk_ledger_line_meeting_id_meeting"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_line")),
        sa.UniqueConstraint("action_id", "meeting_id", name=op.f("uq_ledger_line_action_id_meeting_id")),
        sa.UniqueConstraint(
            "action_id",
            "meeting_on",
            "meeting_id",
            name=op.f("uq_ledger_line_action_id_meeting_on_meeting_id"),
        ),
    )
    with op.batch_alter_table("ledger_line", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_line_action_on", ["action_id", "meeting_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_line_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "update_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["action_id"],
            ["action.id"],
            name=op.f("fk_update_request_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"],
            ["agency.id"],
            name=op.f("fk_update_request_agency_id_agency"),
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["meeting.id"],
            name=op.f("fk_update_request_meeting_id_meeting"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_update_request_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_request")),
        sa.UniqueConstraint(
            "action_id",
            "meeting_id",
            name=op.f("uq_update_request_action_id_meeting_id"),
        ),
    )
    with op.batch_alter_table("update_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_update_request_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_update_request_meeting_id"), ["meeting_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_update_request_person_id"), ["person_id"], unique=False)

    op.create_table(
        "waiting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(length=300), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("answer_expected_on", sa.Date(), nullable=False),
        sa.Column("chaser_id", sa.Uuid(), nullable=False),
        sa.Column("chase_by", sa.Date(), nullable=False),
        sa.Column("safe_meanwhile", sa.Text(), nullable=False),
        sa.Column("another_way", sa.Text(), nullable=False),
        sa.Column("chased_before", sa.Integer(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "body <> '' AND asked <> '' AND safe_meanwhile <> ''",
            name=op.f("ck_waiting_all_said"),
        ),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_waiting_action_id_action")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_waiting_agency_id_agency")),
        sa.ForeignKeyConstraint(["chaser_id"], ["person.id"], name=op.f("fk_waiting_chaser_id_person")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_waiting_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
    )
    with op.batch_alter_table("waiting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_waiting_action_id"), ["action_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_waiting_chaser_id"), ["chaser_id"], unique=False)
        batch_op.create_index(
            "uq_waiting_one_live",
            ["action_id"],
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )

    op.create_table(
        "chase",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("waiting_id", sa.Uuid(), nullable=False),
        sa.Column("chased_on", sa.Date(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("next_by", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_chase_by_id_person")),
        sa.ForeignKeyConstraint(["waiting_id"], ["waiting.id"], name=op.f("fk_chase_waiting_id_waiting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chase")),
    )
    with op.batch_alter_table("chase", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chase_waiting_id"), ["waiting_id"], unique=False)

    op.create_table(
        "information_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "not_known",
                "nothing_new",
                "here_it_is",
                name="request_answer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("received_from", sa.String(length=300), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_id"],
            ["agency.id"],
            name=op.f("fk_information_request_agency_id_agency"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["person.id"],
            name=op.f("fk_information_request_answered_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_information_request_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_information_request_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_request")),
        sa.UniqueConstraint(
            "item_id",
            "agency_id",
            name=op.f("uq_information_request_item_id_agency_id"),
        ),
    )
    with op.batch_alter_table("information_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_information_request_agency_id"), ["agency_id"], unique=False)
    op.execute("INSERT INTO trail_head (id, seq, digest) VALUES (1, 0, '" + "0" * 64 + "')")
    op.execute("INSERT INTO installation (id, held_demo_data, demo_day) VALUES (1, FALSE, '')")
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("information_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_information_request_agency_id"))

    op.drop_table("information_request")
    with op.batch_alter_table("chase", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chase_waiting_id"))

    op.drop_table("chase")
    with op.batch_alter_table("waiting", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_waiting_one_live",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_waiting_chaser_id"))
        batch_op.drop_index(batch_op.f("ix_waiting_action_id"))

    op.drop_table("waiting")
    with op.batch_alter_table("update_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_update_request_person_id"))
        batch_op.drop_index(batch_op.f("ix_update_request_meeting_id"))
        batch_op.drop_index(batch_op.f("ix_update_request_agency_id"))

    op.drop_table("update_request")
    with op.batch_alter_table("ledger_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ledger_line_meeting_id"))
        batch_op.drop_index("ix_ledger_line_action_on")

    op.drop_table("ledger_line")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_version")
        batch_op.drop_index(batch_op.f("ix_delivery_subject_id"))
        batch_op.drop_index("ix_delivery_person_open")

    op.drop_table("delivery")
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.drop_index("ix_contribution_subject_on")
        batch_op.drop_index(batch_op.f("ix_contribution_item_id"))
        batch_op.drop_index(batch_op.f("ix_contribution_action_id"))

    op.drop_table("contribution")
    with op.batch_alter_table("action_contributor", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_action_contributor_person_id"))
        batch_op.drop_index("ix_action_contributor_action")

    op.drop_table("action_contributor")
    with op.batch_alter_table("action_child", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_action_child_child_id"))

    op.drop_table("action_child")
    with op.batch_alter_table("record_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_record_version_subject_id"))

    op.drop_table("record_version")
    with op.batch_alter_table("import_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_change_batch_id"))

    op.drop_table("import_change")
    with op.batch_alter_table("brief", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_brief_person_id"))

    op.drop_table("brief")
    op.drop_table("attendance")
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_action_unfinished",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index("ix_action_subject")
        batch_op.drop_index("ix_action_sort")
        batch_op.drop_index("ix_action_owner_unfinished")
        batch_op.drop_index("ix_action_set_at")
        batch_op.drop_index(
            "ix_action_offered",
            sqlite_where=sa.text("offered_to_id IS NOT NULL"),
            postgresql_where=sa.text("offered_to_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_action_ended",
            sqlite_where=sa.text("ended_on IS NOT NULL"),
            postgresql_where=sa.text("ended_on IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_action_late_unfinished",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index(
            "ix_action_state_unfinished",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index(
            "ix_action_drift_unfinished",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index(
            "ix_action_newest_unfinished",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index(
            "ix_action_due_unfinished",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index(
            "ix_action_drift_changes",
            sqlite_where=sa.text("drift_changes_on IS NOT NULL"),
            postgresql_where=sa.text("drift_changes_on IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_action_agency_unfinished",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )

    op.drop_table("action")
    op.drop_table("meeting_attendance")
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_index("ix_item_subject")
        batch_op.drop_index("ix_item_meeting_position")

    op.drop_table("item")
    with op.batch_alter_table("imported_row", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imported_row_made_id"))
        batch_op.drop_index(batch_op.f("ix_imported_row_batch_id"))

    op.drop_table("imported_row")
    with op.batch_alter_table("working_with", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_working_with_person_id"))
        batch_op.drop_index(batch_op.f("ix_working_with_child_id"))

    op.drop_table("working_with")
    op.drop_table("upload")
    op.drop_table("sign_in_method")
    op.drop_table("series_person")
    with op.batch_alter_table("role_holding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_holding_person_id"))

    op.drop_table("role_holding")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referral_subject_id"))

    op.drop_table("referral")
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_index("ix_meeting_series_on")

    op.drop_table("meeting")
    with op.batch_alter_table("live_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_live_session_person_id"))

    op.drop_table("live_session")
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_batch_digest"))

    op.drop_table("import_batch")
    op.drop_table("history_tombstone")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_subject_on")

    op.drop_table("event")
    op.drop_table("draft")
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_concern_subject_id"))

    op.drop_table("concern")
    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_allocation_one_live",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_allocation_team_id"))
        batch_op.drop_index(batch_op.f("ix_allocation_person_id"))
        batch_op.drop_index(batch_op.f("ix_allocation_child_id"))

    op.drop_table("allocation")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_team_id"))
        batch_op.drop_index(batch_op.f("ix_person_same_as_id"))
        batch_op.drop_index(batch_op.f("ix_person_agency_id"))

    op.drop_table("person")
    op.drop_table("team")
    with op.batch_alter_table("series_agency", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_series_agency_agency_id"))

    op.drop_table("series_agency")
    op.drop_table("person_of_concern")
    op.drop_table("history_value")
    with op.batch_alter_table("context_child", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_context_child_child_id"))

    op.drop_table("context_child")
    op.drop_table("context")
    op.drop_table("child")
    op.drop_table("trail_head")
    with op.batch_alter_table("trail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trail_subject_id"))
        batch_op.drop_index(batch_op.f("ix_trail_person_id"))
        batch_op.drop_index(batch_op.f("ix_trail_object_id"))

    op.drop_table("trail")
    with op.batch_alter_table("subject", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subject_search_name"))

    op.drop_table("subject")
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_attempt_address"))
        batch_op.drop_index(batch_op.f("ix_sign_in_attempt_account"))

    op.drop_table("sign_in_attempt")
    op.drop_table("series")
    op.drop_table("installation")
    op.drop_table("import_mapping")
    op.drop_table("agency")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION mace_refuse(), mace_refuse_unless_tombstone(), mace_refuse_rewriting()")
