"""Shared by the resident-card tests: the text of an invented holder's card."""

from drivers.simulated.sam_reader import Layout, text_block

RESIDENT = {
    "name": "欧阳若曦",
    "sex": "2",
    "nation": "46",
    "birth": "19491231",
    "address": "示例省示例市示例路1号2单元303室",
    "number": "11010519491231002X",
    "issuer": "示例市公安局",
    "from": "20150601",
    "until": "20350601",
}


def resident(**changes: str) -> bytes:
    """The text block of that card, with some fields changed."""
    return text_block(Layout.RESIDENT, **(RESIDENT | changes))
