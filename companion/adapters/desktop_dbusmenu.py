"""A menu on D-Bus, as com.canonical.dbusmenu describes it; the panel draws it."""

import itertools
from collections.abc import Sequence
from typing import Annotated, Any

from dbus_fast import DBusError, ErrorType, PropertyAccess, Variant
from dbus_fast.annotations import DBusBool, DBusInt32, DBusSignature, DBusStr, DBusUInt32, DBusVariant
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from companion.adapters.desktop_menu import MenuItem

ROOT = 0

Properties = dict[str, Variant]
Ids = Annotated[list[int], DBusSignature("ai")]
Names = Annotated[list[str], DBusSignature("as")]
ItemProperties = Annotated[list[list[Any]], DBusSignature("a(ia{sv})")]


class DBusMenu(ServiceInterface):
    """The menu's items; an id belongs to its item's key and is never given again: a late click cannot hit another."""

    def __init__(self) -> None:
        super().__init__("com.canonical.dbusmenu")
        self._revision = 1
        self._fresh_ids = itertools.count(1)
        self._items: dict[int, MenuItem] = {}

    def show(self, menu: Sequence[MenuItem]) -> None:
        """Take `menu` over and tell the panel what is new: texts where the lines are the same, else the layout."""
        known = {item.key: number for number, item in self._items.items()}
        new = {known.get(item.key) or next(self._fresh_ids): item for item in menu}
        old, self._items = self._items, new
        if list(old) != list(new):
            self._revision += 1
            self.LayoutUpdated()
        elif changed := [number for number, item in new.items() if item != old[number]]:
            self.ItemsPropertiesUpdated(changed)

    def _item(self, number: int) -> MenuItem:
        try:
            return self._items[number]
        except KeyError:
            raise DBusError(ErrorType.INVALID_ARGS, f"there is no menu item {number}") from None

    def _properties(self, number: int, names: Sequence[str] = ()) -> Properties:
        if number == ROOT:
            found = {"children-display": Variant("s", "submenu")}
        elif not (item := self._item(number)).label:
            found = {"type": Variant("s", "separator")}
        else:
            found = {
                "label": Variant("s", item.label.replace("_", "__")),  # a single one would mark an access key
                "enabled": Variant("b", item.enabled),
            }
        return {name: value for name, value in found.items() if not names or name in names}

    def _click(self, number: int, event: str) -> None:
        if (run := self._item(number).run) and event == "clicked":
            run()

    @dbus_property(PropertyAccess.READ)
    def Version(self) -> DBusUInt32:  # noqa: N802
        return 3

    @dbus_property(PropertyAccess.READ)
    def TextDirection(self) -> DBusStr:  # noqa: N802
        return "ltr"

    @dbus_property(PropertyAccess.READ)
    def Status(self) -> DBusStr:  # noqa: N802
        return "normal"

    @dbus_property(PropertyAccess.READ)
    def IconThemePath(self) -> Names:  # noqa: N802
        return []

    @dbus_method()
    def GetLayout(  # noqa: N802
        self,
        parentId: DBusInt32,
        recursionDepth: DBusInt32,
        propertyNames: Names,  # noqa: N803
    ) -> Annotated[tuple[int, list[Any]], DBusSignature("u(ia{sv}av)")]:
        children = []
        if parentId == ROOT and recursionDepth != 0:
            children = [
                Variant("(ia{sv}av)", [number, self._properties(number, propertyNames), []]) for number in self._items
            ]
        return self._revision, [parentId, self._properties(parentId, propertyNames), children]

    @dbus_method()
    def GetGroupProperties(self, ids: Ids, propertyNames: Names) -> ItemProperties:  # noqa: N802, N803
        wanted = ids or [ROOT, *self._items]
        return [
            [number, self._properties(number, propertyNames)]
            for number in wanted
            if number == ROOT or number in self._items
        ]

    @dbus_method()
    def GetProperty(self, id: DBusInt32, name: DBusStr) -> DBusVariant:  # noqa: A002, N802
        try:
            return self._properties(id)[name]
        except KeyError:
            raise DBusError(ErrorType.INVALID_ARGS, f"menu item {id} has no property {name}") from None

    @dbus_method()
    def Event(self, id: DBusInt32, eventId: DBusStr, data: DBusVariant, timestamp: DBusUInt32) -> None:  # noqa: A002, N802, N803
        if id != ROOT:
            self._click(id, eventId)

    @dbus_method()
    def EventGroup(self, events: Annotated[list[Any], DBusSignature("a(isvu)")]) -> Ids:  # noqa: N802
        unknown = [number for number, *_ in events if number != ROOT and number not in self._items]
        for number, event, _, _ in events:
            if number != ROOT and number in self._items:
                self._click(number, event)
        return unknown

    @dbus_method()
    def AboutToShow(self, id: DBusInt32) -> DBusBool:  # noqa: A002, N802
        if id != ROOT:
            self._item(id)
        return False  # the panel was told of every change already

    @dbus_method()
    def AboutToShowGroup(self, ids: Ids) -> Annotated[tuple[list[int], list[int]], DBusSignature("aiai")]:  # noqa: N802
        return [], [number for number in ids if number != ROOT and number not in self._items]

    @dbus_signal()
    def LayoutUpdated(self) -> Annotated[tuple[int, int], DBusSignature("ui")]:  # noqa: N802
        return self._revision, ROOT

    @dbus_signal()
    def ItemsPropertiesUpdated(  # noqa: N802
        self, changed: list[int]
    ) -> Annotated[tuple[list[list[Any]], list[list[Any]]], DBusSignature("a(ia{sv})a(ias)")]:
        return [[number, self._properties(number)] for number in changed], []

    @dbus_signal()
    def ItemActivationRequested(self) -> Annotated[tuple[int, int], DBusSignature("iu")]:  # noqa: N802
        return ROOT, 0
