"""A menu on D-Bus, as com.canonical.dbusmenu describes it; the panel draws it."""

import itertools
from collections.abc import Sequence
from typing import Annotated, Any

from dbus_fast import DBusError, ErrorType, PropertyAccess, Variant
from dbus_fast.annotations import DBusBool, DBusInt32, DBusSignature, DBusStr, DBusUInt32, DBusVariant
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from companion.adapters.desktop.tray import MenuItem

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
            self.layout_updated()
        elif changed := [number for number, item in new.items() if item != old[number]]:
            self.items_properties_updated(changed)

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

    @dbus_property(PropertyAccess.READ, name="Version")
    def version(self) -> DBusUInt32:
        return 3

    @dbus_property(PropertyAccess.READ, name="TextDirection")
    def text_direction(self) -> DBusStr:
        return "ltr"

    @dbus_property(PropertyAccess.READ, name="Status")
    def status(self) -> DBusStr:
        return "normal"

    @dbus_property(PropertyAccess.READ, name="IconThemePath")
    def icon_theme_path(self) -> Names:
        return []

    @dbus_method(name="GetLayout")
    def get_layout(
        self,
        parent: DBusInt32,
        depth: DBusInt32,
        names: Names,
    ) -> Annotated[tuple[int, list[Any]], DBusSignature("u(ia{sv}av)")]:
        children = []
        if parent == ROOT and depth != 0:
            children = [Variant("(ia{sv}av)", [number, self._properties(number, names), []]) for number in self._items]
        return self._revision, [parent, self._properties(parent, names), children]

    @dbus_method(name="GetGroupProperties")
    def get_group_properties(self, ids: Ids, names: Names) -> ItemProperties:
        wanted = ids or [ROOT, *self._items]
        return [
            [number, self._properties(number, names)] for number in wanted if number == ROOT or number in self._items
        ]

    @dbus_method(name="GetProperty")
    def get_property(self, number: DBusInt32, name: DBusStr) -> DBusVariant:
        try:
            return self._properties(number)[name]
        except KeyError:
            raise DBusError(ErrorType.INVALID_ARGS, f"menu item {number} has no property {name}") from None

    @dbus_method(name="Event")
    def event(self, number: DBusInt32, event: DBusStr, data: DBusVariant, timestamp: DBusUInt32) -> None:
        if number != ROOT:
            self._click(number, event)

    @dbus_method(name="EventGroup")
    def event_group(self, events: Annotated[list[Any], DBusSignature("a(isvu)")]) -> Ids:
        unknown = [number for number, *_ in events if number != ROOT and number not in self._items]
        for number, event, _, _ in events:
            if number != ROOT and number in self._items:
                self._click(number, event)
        return unknown

    @dbus_method(name="AboutToShow")
    def about_to_show(self, number: DBusInt32) -> DBusBool:
        if number != ROOT:
            self._item(number)
        return False  # the panel was told of every change already

    @dbus_method(name="AboutToShowGroup")
    def about_to_show_group(self, ids: Ids) -> Annotated[tuple[list[int], list[int]], DBusSignature("aiai")]:
        return [], [number for number in ids if number != ROOT and number not in self._items]

    @dbus_signal(name="LayoutUpdated")
    def layout_updated(self) -> Annotated[tuple[int, int], DBusSignature("ui")]:
        return self._revision, ROOT

    @dbus_signal(name="ItemsPropertiesUpdated")
    def items_properties_updated(
        self, changed: list[int]
    ) -> Annotated[tuple[list[list[Any]], list[list[Any]]], DBusSignature("a(ia{sv})a(ias)")]:
        return [[number, self._properties(number)] for number in changed], []

    @dbus_signal(name="ItemActivationRequested")
    def item_activation_requested(self) -> Annotated[tuple[int, int], DBusSignature("iu")]:
        return ROOT, 0
