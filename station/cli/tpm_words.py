"""What the command line says about the security chip (TPM)."""

from station.model import Language

_REASONS = {
    "absent": ("本机没有安全芯片（TPM 2.0）", "this machine has no security chip (TPM 2.0)"),
    "not_allowed": (
        "当前用户不能使用安全芯片；请管理员执行：usermod -aG tss 用户名",
        "this user may not use the security chip; as an administrator: usermod -aG tss USER",
    ),
    "no_tools": (
        "缺少软件包：apt-get install tpm2-tools",
        "a package is missing: apt-get install tpm2-tools",
    ),
    "no_slot": (
        "密钥没有封存到安全芯片（./station.sh keys tpm seal）",
        "the keys are not sealed to the security chip (./station.sh keys tpm seal)",
    ),
    "unmeasured": (
        "所选 PCR 没有启动测量值（未启用安全启动？），封存没有意义，没有执行",
        "the chosen PCR holds no boot measurement (no secure boot?): a seal would mean nothing and "
        "was not made",
    ),
    "refused": (
        "机器的启动状态变了，安全芯片拒绝打开；查明原因后，用口令重新封存："
        "./station.sh keys tpm seal",
        "the measured state of the machine changed and the chip refused; find out why, then seal "
        "again with the passphrase: ./station.sh keys tpm seal",
    ),
    "other_chip": (
        "密钥封存在另一台机器的安全芯片里，或芯片已被清除",
        "the keys are sealed to another machine's chip, or the chip was cleared",
    ),
    "no_counter": ("安全芯片里没有启动计数", "the chip has no start counter"),
    "silent": ("安全芯片没有应答", "the security chip did not answer"),
    "failed": (
        "安全芯片出错，或封存的数据已损坏",
        "the security chip failed, or what it sealed was altered",
    ),
}


def tpm_sentence(reason: str, language: Language) -> str:
    """The sentence for the `reason` of a `TpmError`."""
    return _REASONS[reason][0 if language is Language.ZH_CN else 1]
