"""What every table shares: own metadata, constraint names, identity, enumerations as checked strings."""

from collections.abc import Callable
from contextvars import ContextVar
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import declared_attr, registry
from sqlmodel import Field, SQLModel

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(SQLModel, registry=registry(metadata=sa.MetaData(naming_convention=NAMES))):
    """A row of a table. Unknown keywords are an error, rows are equal only to themselves."""

    PROTECTED: ClassVar[bool] = False
    """True where a row says something about a child or the work for one: the tripwire guards such tables."""
    HISTORY: ClassVar[bool] = True
    """False for rows that are not facts of the work (sessions, drafts, throttles, the trail itself)."""

    def __init__(self, **values: Any) -> None:
        unknown = set(values) - set(type(self).model_fields) - set(sa.inspect(type(self)).relationships.keys())
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        super().__init__(**values)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        """The table and the key only: no personal field ever reaches a log."""
        return f"<{type(self).__name__} {getattr(self, 'id', '')}>"

    __str__ = __repr__


NEW_KEY: ContextVar[Callable[[], UUID]] = ContextVar("mace_new_key", default=uuid4)
"""Where keys come from: random, but for the demonstration, which makes the same ones each time it is filled."""


def new_key() -> UUID:
    """The key of a new row."""
    return NEW_KEY.get()()


class Keyed(Model):
    """A row with a random key that may stand in a URL."""

    id: UUID = Field(default_factory=new_key, primary_key=True)


class Versioned(Keyed):
    """A row that two people can edit: a stale save raises instead of overwriting."""

    version: int = Field(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def term(values: type[StrEnum]) -> Any:
    """The column type of an enumeration: the stored value, with a CHECK in both databases."""
    return sa.Enum(
        values,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=40,
        name=_snake(values.__name__),
        values_callable=lambda members: [member.value for member in members],
    )


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


LONG = sa.Text
