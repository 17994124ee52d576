"""What a power cut may leave of a folder, computed from a disk's log.

What was synced is there. Of what was not, any part may be: writes are torn at sectors and in any order, a file may have
grown without its content. Creations, renamings and deletions are kept in order, as journalling file systems do; a sync
of a file makes its own name durable, and that of all before it.
"""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.disk import Operation

SECTOR = 512


@dataclass
class _Inode:
    """A file's octets that are durable, and what was done to it since."""

    content: bytearray = field(default_factory=bytearray)
    pending: list[Operation] = field(default_factory=list)

    def sync(self) -> None:
        for operation in self.pending:
            _apply(self.content, operation)
        self.pending.clear()

    def after_power_cut(self, chance: random.Random, share: float) -> bytes:
        """One of the many contents that may be found."""
        content = bytearray(self.content)
        sizes = [len(content)]
        whole = bytearray(content)
        for operation in self.pending:
            _apply(whole, operation)
            sizes.append(len(whole))
            for piece in _pieces(operation, chance, share):
                _apply(content, piece)
        size = chance.choice([len(content), *sizes]) if self.pending else len(content)
        return bytes(content[:size].ljust(size, b"\0"))


@dataclass(frozen=True)
class _Naming:
    """A change of names: the old ones go, the new ones are these files. A folder takes all its files with it."""

    old: tuple[str, ...]
    new: Mapping[str, _Inode]

    def concerns(self, inode: _Inode) -> bool:
        """Whether it gives this file its name."""
        return any(each is inode for each in self.new.values())


class PowerCuts:
    """Walks along a log, and at any place of it tells what a power cut may leave."""

    def __init__(self, base: Mapping[str, bytes], log: Sequence[Operation]) -> None:
        self._log = log
        self._at = 0
        self._names = {name: _Inode(bytearray(content)) for name, content in base.items()}
        self._durable = dict(self._names)
        self._journal: list[_Naming] = []
        self.notes: list[object] = []

    def advance_to(self, place: int) -> None:
        """Carries out the operations before that place of the log."""
        while self._at < place:
            self._carry_out(self._log[self._at])
            self._at += 1

    def image(self, chance: random.Random) -> dict[str, bytes]:
        """One of the folders that may be found; often the plainest: with nothing, or with all, that is not synced."""
        share = chance.choice([0.0, 1.0, chance.random(), chance.random()])
        names = dict(self._durable)
        kept = round(share * len(self._journal)) if chance.random() < 0.5 else chance.randint(0, len(self._journal))
        for naming in self._journal[:kept]:
            _rename(names, naming)
        return {name: inode.after_power_cut(chance, share) for name, inode in names.items()}

    def _carry_out(self, operation: Operation) -> None:
        match operation.kind:
            case "mark":
                self.notes.append(operation.note)
            case "create":
                self._change_names(_Naming((), {operation.name: _Inode()}))
            case "rename":
                self._change_names(self._renaming(operation))
            case "delete":
                self._change_names(_Naming((operation.name,), {}))
            case "sync-folder":
                self._make_durable(len(self._journal))
            case "sync":
                inode = self._names[operation.name]
                inode.sync()
                own = [place for place, naming in enumerate(self._journal) if naming.concerns(inode)]
                self._make_durable(own[-1] + 1 if own else 0)
            case _:
                self._names[operation.name].pending.append(operation)

    def _renaming(self, operation: Operation) -> _Naming:
        old = [name for name in self._names if name == operation.name or name.startswith(f"{operation.name}/")]
        new = {operation.target + name.removeprefix(operation.name): self._names[name] for name in old}
        return _Naming(tuple(old), new)

    def _change_names(self, naming: _Naming) -> None:
        self._journal.append(naming)
        _rename(self._names, naming)

    def _make_durable(self, count: int) -> None:
        for naming in self._journal[:count]:
            _rename(self._durable, naming)
        del self._journal[:count]


def images(
    base: Mapping[str, bytes], log: Sequence[Operation], count: int, chance: random.Random
) -> Iterator[tuple[int, list[object], dict[str, bytes]]]:
    """So many folders after power cuts: the place in the log, what had been noted until then, and the files."""
    cuts = PowerCuts(base, log)
    for place in sorted(chance.randint(0, len(log)) for _ in range(count)):
        cuts.advance_to(place)
        yield place, list(cuts.notes), cuts.image(chance)


def _rename(names: dict[str, _Inode], naming: _Naming) -> None:
    for name in naming.old:
        names.pop(name, None)
    names.update(naming.new)


def _apply(content: bytearray, operation: Operation) -> None:
    if operation.kind == "truncate":
        content[:] = content[: operation.size].ljust(operation.size, b"\0")
        return
    end = operation.offset + len(operation.content)
    if len(content) < operation.offset:
        content.extend(bytes(operation.offset - len(content)))
    content[operation.offset : end] = operation.content


def _pieces(operation: Operation, chance: random.Random, share: float) -> Iterator[Operation]:
    """What of an operation reached the disk: all, nothing, or some of its sectors."""
    if chance.random() < share:
        yield operation
        return
    if operation.kind != "write" or share == 0.0 or chance.random() < 0.5:
        return
    start, end = operation.offset, operation.offset + len(operation.content)
    edges = sorted({start, end, *range(start // SECTOR * SECTOR + SECTOR, end, SECTOR)})
    for first, last in itertools.pairwise(edges):
        if chance.random() < share:
            yield Operation("write", operation.name, first, operation.content[first - start : last - start])
