"""The Merkle tree against RFC 9162, a naive oracle and pymerkle."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from consent.digest import sm3
from consent.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(str(index).encode()) for index in range(count)]


def naive_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sm3(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


@pytest.mark.parametrize("size", [*range(0, 34), 63, 64, 65, 100])
def test_root_is_the_recursive_definition(size: int) -> None:
    leaves = leaves_of(size)
    assert tree_root(leaves) == naive_root(leaves)


def test_every_inclusion_proof_up_to_40_verifies_and_no_other_leaf_does() -> None:
    for size in range(1, 41):
        leaves = leaves_of(size)
        root = tree_root(leaves)
        for index in range(size):
            path = inclusion_proof(leaves, index)
            assert verify_inclusion(leaves[index], index, size, path, root)
            other = leaves[(index + 1) % size] if size > 1 else leaf_hash(b"other")
            assert not verify_inclusion(other, index, size, path, root)


def test_every_consistency_proof_up_to_40_verifies() -> None:
    for second in range(1, 41):
        leaves = leaves_of(second)
        root = tree_root(leaves)
        for first in range(1, second + 1):
            path = consistency_proof(leaves, first)
            old = tree_root(leaves[:first])
            assert verify_consistency(first, second, path, old, root)
            assert not verify_consistency(first, second, path, sm3(b"x"), root)
            assert not verify_consistency(first, second, path, old, sm3(b"x"))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_altered_proofs_are_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 200))
    leaves = leaves_of(size)
    root = tree_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(leaves, index)
    at = data.draw(st.integers(0, len(path) - 1))
    bad = [*path[:at], sm3(path[at]), *path[at + 1 :]]
    assert not verify_inclusion(leaves[index], index, size, bad, root)
    assert not verify_inclusion(leaves[index], index, size, path[:-1], root)
    assert not verify_inclusion(leaves[index], index, size, [*path, root], root)
    first = data.draw(st.integers(1, size - 1))
    proof = consistency_proof(leaves, first)
    old = tree_root(leaves[:first])
    at = data.draw(st.integers(0, len(proof) - 1))
    bad = [*proof[:at], sm3(proof[at]), *proof[at + 1 :]]
    assert not verify_consistency(first, size, bad, old, root)
    assert not verify_consistency(first, size, proof[:-1], old, root)
    assert not verify_consistency(first, size, [*proof, root], old, root)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 120), st.data())
def test_sha256_tree_equals_pymerkle(size: int, data: st.DataObject) -> None:
    oracle = InmemoryTree(algorithm="sha256")
    entries = [f"entry {index}".encode() for index in range(size)]
    for entry in entries:
        oracle.append_entry(entry)
    leaves = [leaf_hash(entry, sha256) for entry in entries]
    first = data.draw(st.integers(1, size))
    assert tree_root(leaves, sha256) == oracle.get_root()
    assert tree_root(leaves[:first], sha256) == oracle.get_root(first)
    path = consistency_proof(leaves, first, sha256)
    assert verify_consistency(
        first, size, path, oracle.get_root(first), oracle.get_root(), hash_=sha256
    )
    inclusion = inclusion_proof(leaves, first - 1, sha256)
    assert verify_inclusion(
        leaves[first - 1], first - 1, size, inclusion, oracle.get_root(), hash_=sha256
    )


def test_root_with_leaves_the_frontier_unchanged() -> None:
    leaves = leaves_of(21)
    frontier = Frontier()
    for index, leaf in enumerate(leaves):
        before = frontier.root()
        assert frontier.root_with(leaf) == tree_root(leaves[: index + 1])
        assert frontier.root() == before
        frontier.append(leaf)


def test_appending_hashes_less_than_two_nodes_per_leaf() -> None:
    calls = 0

    def counting(data: bytes) -> bytes:
        nonlocal calls
        calls += 1
        return sm3(data)

    frontier = Frontier(_hash=counting)
    for leaf in leaves_of(1000):
        frontier.append(leaf)
    assert calls < 1000


def test_impossible_arguments_are_refused() -> None:
    leaves = leaves_of(4)
    root = tree_root(leaves)
    with pytest.raises(ValueError, match="index"):
        inclusion_proof(leaves, 4)
    with pytest.raises(ValueError, match="earlier"):
        consistency_proof(leaves, 0)
    with pytest.raises(ValueError, match="earlier"):
        consistency_proof(leaves, 5)
    assert not verify_inclusion(leaves[0], 4, 4, [], root)
    assert not verify_inclusion(leaves[0], -1, 4, [], root)
    assert not verify_consistency(0, 4, [], root, root)
    assert not verify_consistency(5, 4, [], root, root)
    assert not verify_consistency(2, 4, [], root, root)
    assert not verify_consistency(4, 4, [root], root, root)
