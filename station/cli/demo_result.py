"""What a demo proved: read from the stores and the ledger after its visits."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from station.cli.visit import as_document
from station.model import Language, Outcome
from station.visit import VisitReport

if TYPE_CHECKING:
    from station.build import Station


@dataclass(frozen=True, slots=True)
class DemoResult:
    """Reports of the person and of the attack, rows and images per store, the ledger's word."""

    person: VisitReport
    attack: VisitReport
    rows: dict[str, int]
    images: dict[str, int]
    ledger_verified: bool
    ledger_entries: int

    @property
    def proved(self) -> bool:
        """Whether everything the demo promises is so."""
        ends = (self.person.booth, self.attack.booth)
        return (
            self.person.outcome is Outcome.MATCH
            and self.attack.outcome is Outcome.ATTACK
            and self.ledger_verified
            and not any(self.images.values())
            and all(end is not None and end.reaped and end.ring_zeroed for end in ends)
        )

    def as_document(self) -> dict[str, object]:
        """One JSON document: the person's visit, the attack, the stores, the ledger."""
        return as_document(self.person) | {
            "label": "SIM",
            "attack": as_document(self.attack),
            "stores": {
                name: {"rows": self.rows.get(name, 0), "images": images}
                for name, images in self.images.items()
            },
            "ledger": {"verified": self.ledger_verified, "entries": self.ledger_entries},
            "proved": self.proved,
        }

    def as_lines(self, language: Language) -> list[str]:
        """The closing words: what was kept, what is gone, and how that is known."""
        zh = language is Language.ZH_CN
        kept = ", ".join(f"{name} {rows}" for name, rows in self.rows.items())
        pid = "-" if self.person.booth is None else self.person.booth.pid
        images, entries = sum(self.images.values()), self.ledger_entries
        if zh:
            verdict = "通过" if self.ledger_verified else "未通过"
            return [
                f"演示结果（SIM）：本人 {self.person.outcome}，照片攻击 {self.attack.outcome}",
                f"留下：{kept}（条，均加密）；访客登记最多保留到离开后 24 小时，到期销毁密钥",
                f"图像：所有存储中共 {images} 张（逐格扫描得出）",
                f"已消失：持有证件照和现场人脸的进程 {pid} 已结束并回收，预览内存已清零",
                f"存证：账本共 {entries} 条，验证{verdict}",
            ]
        verdict = "verified" if self.ledger_verified else "NOT verified"
        return [
            f"Demo (SIM): the person {self.person.outcome}, the photo {self.attack.outcome}",
            f"Kept: {kept} (sealed records); a visitor's for at most 24 h, then the key dies",
            f"Images: {images} in all stores (every cell was scanned)",
            f"Gone: process {pid}, which held portrait and live face, is reaped; preview zeroed",
            f"Proof: ledger of {entries} entries, {verdict}",
        ]


def collect(station: "Station", person: VisitReport, attack: VisitReport) -> DemoResult:
    """Scan every store and verify the ledger."""
    from station.cli.audit import verify_ledger

    found = station.stores.inventory()
    ledger = verify_ledger(station.stores.ledger, station.ledger.public_key)
    return DemoResult(
        person,
        attack,
        {store.store: store.records for store in found if store.file},
        {store.store: store.images for store in found},
        ledger.ok,
        station.ledger.size,
    )
