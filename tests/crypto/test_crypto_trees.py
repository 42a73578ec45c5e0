"""Hash trees: every leaf leads to the root by its own path, and by no other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.crypto.trees import leaf_of, root_by_path, tree_of

LEAVES = [
    leaf_of(bytes.fromhex(data))
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
"""Known roots of certificate transparency (the reference implementation of RFC 6962)."""


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_the_standard(size):
    assert tree_of(LEAVES[:size])[0].hex() == ROOTS[size]


@given(st.integers(1, 130), st.data())
@settings(max_examples=100, deadline=None)
def test_a_leaf_leads_to_the_root_by_its_own_path_only(size, data):
    leaves = [leaf_of(bytes([number % 256, number // 256])) for number in range(size)]
    root, paths = tree_of(leaves)
    index = data.draw(st.integers(0, size - 1))
    assert root_by_path(leaves[index], index, size, paths[index]) == root
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert root_by_path(leaves[other], index, size, paths[index]) != root
        assert root_by_path(leaves[index], other, size, paths[index]) != root
    assert root_by_path(leaves[index], index, size, [*paths[index], root]) is None
    if paths[index]:
        assert root_by_path(leaves[index], index, size, paths[index][:-1]) is None


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3), (0, -1)])
def test_places_that_do_not_exist(index, size):
    assert root_by_path(LEAVES[0], index, size, []) is None
