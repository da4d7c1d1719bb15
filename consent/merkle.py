"""Merkle tree of RFC 9162 section 2.1 over SM3: roots, inclusion and consistency proofs.

A leaf is H(0x00 ‖ entry), a node H(0x01 ‖ left ‖ right); the empty tree has the root H("").
`Frontier` appends in amortised constant time and keeps only the roots of the perfect subtrees
(at most log2 n); proofs are made from a list of leaf hashes, or from `LeafHashes`, packed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

from consent.digest import DIGEST_BYTES, sm3

Hash = Callable[[bytes], bytes]


def leaf_hash(entry: bytes, hash_: Hash = sm3) -> bytes:
    """H(0x00 ‖ entry)."""
    return hash_(b"\x00" + entry)


def node_hash(left: bytes, right: bytes, hash_: Hash = sm3) -> bytes:
    """H(0x01 ‖ left ‖ right)."""
    return hash_(b"\x01" + left + right)


class LeafHashes(Sequence[bytes]):
    """Leaf hashes one after another in one piece of memory: a million take 32 MB, a slice nothing.

    Only the whole may be appended to, and not while slices of it are in use.
    """

    def __init__(self, packed: bytearray | None = None, span: range | None = None) -> None:
        self._packed = bytearray() if packed is None else packed
        self._span = span

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash (32 bytes)."""
        self._packed += leaf

    def pad(self, size: int) -> None:
        """Fill up to `size` with zeros, the hash of nothing: for entries that are not there."""
        self._packed += bytes(DIGEST_BYTES * max(0, size - len(self)))

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> "LeafHashes": ...
    def __getitem__(self, at: int | slice) -> "bytes | LeafHashes":
        if isinstance(at, slice):
            return LeafHashes(self._packed, self._places[at])
        start = self._places[at] * DIGEST_BYTES
        return bytes(self._packed[start : start + DIGEST_BYTES])

    def __iter__(self) -> Iterator[bytes]:
        for place in self._places:
            start = place * DIGEST_BYTES
            yield bytes(self._packed[start : start + DIGEST_BYTES])

    @property
    def _places(self) -> range:
        return range(len(self._packed) // DIGEST_BYTES) if self._span is None else self._span


@dataclass(slots=True)
class Frontier:
    """The right edge of a growing tree: one root per set bit of `size`, largest subtree first."""

    size: int = 0
    _peaks: list[bytes] = field(default_factory=list)
    _hash: Hash = sm3

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash; as many nodes are joined as `size` has trailing one bits."""
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self._peaks.pop(), node, self._hash)
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Root of the tree so far."""
        if not self._peaks:
            return self._hash(b"")
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = node_hash(peak, node, self._hash)
        return node

    def next_path(self) -> tuple[bytes, ...]:
        """Inclusion path of the next leaf in the tree it will end: at most log2 n hashes."""
        return tuple(reversed(self._peaks))

    def root_with(self, leaf: bytes) -> bytes:
        """Root as it would be after appending `leaf`; the frontier is unchanged."""
        trial = Frontier(self.size, list(self._peaks), self._hash)
        trial.append(leaf)
        return trial.root()


def tree_root(leaves: Sequence[bytes], hash_: Hash = sm3) -> bytes:
    """MTH(D[n]) of RFC 9162 section 2.1.1 over leaf hashes."""
    frontier = Frontier(_hash=hash_)
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def inclusion_proof(leaves: Sequence[bytes], index: int, hash_: Hash = sm3) -> list[bytes]:
    """PATH(m, D[n]) of RFC 9162 section 2.1.3.1. Raises `ValueError` for an index outside."""
    size = len(leaves)
    if not 0 <= index < size:
        raise ValueError("index outside the tree")
    path: list[bytes] = []
    while size > 1:
        split = _split(size)
        if index < split:
            path.append(tree_root(leaves[split:], hash_))
            leaves = leaves[:split]
        else:
            path.append(tree_root(leaves[:split], hash_))
            leaves, index = leaves[split:], index - split
        size = len(leaves)
    return path[::-1]


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes, *, hash_: Hash = sm3
) -> bool:
    """RFC 9162 section 2.1.3.2: is `leaf` at `index` in the tree of `size` with `root`?"""
    if not 0 <= index < size:
        return False
    fn, sn, node = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            node = node_hash(sibling, node, hash_)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = node_hash(node, sibling, hash_)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and node == root


def consistency_proof(leaves: Sequence[bytes], first: int, hash_: Hash = sm3) -> list[bytes]:
    """PROOF(m, D[n]) of RFC 9162 section 2.1.4.1. Raises `ValueError` unless 0 < first <= size."""
    if not 0 < first <= len(leaves):
        raise ValueError("no such earlier tree")
    path: list[bytes] = []
    complete = True
    while first != len(leaves):
        split = _split(len(leaves))
        if first <= split:
            path.append(tree_root(leaves[split:], hash_))
            leaves = leaves[:split]
        else:
            path.append(tree_root(leaves[:split], hash_))
            leaves, first, complete = leaves[split:], first - split, False
    if not complete:
        path.append(tree_root(leaves, hash_))
    return path[::-1]


def pruned_nodes(leaves: Sequence[bytes], first: int, last: int, hash_: Hash = sm3) -> list[bytes]:
    """Roots of the subtrees wholly outside `first` ≤ position < `last`, from left to right.

    With the leaf hashes of the range they give the root of the whole tree, so that nothing in the
    range can be left out (RFC 9162 section 2.1, walked depth first). Raises `ValueError` for a
    range that is empty or outside.
    """
    if not 0 <= first < last <= len(leaves):
        raise ValueError("no such range of the tree")
    found: list[bytes] = []

    def walk(start: int, end: int) -> None:
        if end <= first or last <= start:
            found.append(tree_root(leaves[start:end], hash_))
        elif not (first <= start and end <= last):
            middle = start + _split(end - start)
            walk(start, middle)
            walk(middle, end)

    walk(0, len(leaves))
    return found


def verify_consistency(
    first: int,
    second: int,
    path: Sequence[bytes],
    first_root: bytes,
    second_root: bytes,
    *,
    hash_: Hash = sm3,
) -> bool:
    """RFC 9162 section 2.1.4.2: is the tree of size `first` a prefix of that of size `second`?"""
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    if not path:
        return False
    rest = list(path)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    # An earlier tree that is one perfect subtree is its own first proof node.
    start = first_root if first & (first - 1) == 0 else rest.pop(0)
    old = new = start
    for node in rest:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old = node_hash(node, old, hash_)
            new = node_hash(node, new, hash_)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, node, hash_)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == first_root and new == second_root


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (which is at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)
