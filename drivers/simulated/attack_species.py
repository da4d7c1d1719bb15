"""The register of simulated attacks: how each is built, and what it is in one line (SIM)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drivers.simulated.attack_animated import Animated, AnimatedRelit
from drivers.simulated.attack_cut_out import CutOut, DroppingCutOut
from drivers.simulated.attack_hand_over import HandOver
from drivers.simulated.attack_paper_mask import PaperMask
from drivers.simulated.attack_photo import PhotoAttack, PhotoStyle
from drivers.simulated.attack_recorded import LoopedStream, StaleColours
from drivers.simulated.attack_rigid_mask import RigidMask
from drivers.simulated.attack_screen import Replay, ScreenStill
from drivers.simulated.attack_stream import ClipHead, Injected
from drivers.simulated.attack_swap import EarlySwap, FaceSwap, SwapAtRest
from drivers.simulated.attack_victim import Actor, Portrait

Build = Callable[[Portrait, int], Actor]


@dataclass(frozen=True, slots=True)
class Words:
    """One line on a species, in both languages."""

    zh: str
    en: str


def _photo(portrait: Portrait, seed: int) -> Actor:
    style = PhotoStyle.drawn(np.random.default_rng([seed, 6]))
    return PhotoAttack(portrait.picture, portrait.mesh, seed, style)


def _replay_library(portrait: Portrait, seed: int) -> Actor:
    return Replay(portrait, seed, library=True)


SPECIES: dict[str, Build] = {
    "photo": _photo,
    "cut_out": CutOut,
    "print_no_flash": DroppingCutOut,
    "paper_mask": PaperMask,
    "screen_still": ScreenStill,
    "replay": Replay,
    "replay_library": _replay_library,
    "animated": Animated,
    "animated_relit": AnimatedRelit,
    "face_swap": FaceSwap,
    "early_swap": EarlySwap,
    "swap_at_rest": SwapAtRest,
    "injected": Injected,
    "looped": LoopedStream,
    "stale_colours": StaleColours,
    "clip_head": ClipHead,
    "hand_over": HandOver,
    "rigid_mask": RigidMask,
}
"""Each takes the victim's portrait and a seed; call `calibrate` before the first `frame`."""

WORDS: dict[str, Words] = {
    "photo": Words(
        "纸质照片，平整或弯曲，手持倾斜", "print on paper, flat or bent, tilted by hand"
    ),
    "cut_out": Words(
        "照片挖去眼部和嘴部，真人在后", "photo with eye and mouth holes, a live person behind it"
    ),
    "print_no_flash": Words(
        "弯曲照片挖去眼部，下颌纸片可拉下", "bent photo with eye holes and a chin flap pulled down"
    ),
    "paper_mask": Words(
        "弯成面具的纸质人脸，戴在真人头上", "printed face bent round a live head, with eye holes"
    ),
    "screen_still": Words(
        "手机、平板或笔记本屏幕上的静态照片", "still photo on a phone, tablet or laptop"
    ),
    "replay": Words(
        "屏幕播放另一次核验的录像，不听提示",
        "recording of another visit on a screen, hearing no prompt",
    ),
    "replay_library": Words(
        "动作恰好符合的录像，颜色是其当时的",
        "recording whose actions fit, in its own visit's colours",
    ),
    "animated": Words(
        "一张照片实时驱动，按提示动作，不受光照影响",
        "one photo animated to obey, blind to the present light",
    ),
    "animated_relit": Words(
        "同上，并对整张脸均匀着色跟随屏幕", "the same, tinted evenly with the screen's colour"
    ),
    "face_swap": Words(
        "真人完成动作，随后换成被冒用者的脸",
        "a live person acts, then the victim's face takes over",
    ),
    "early_swap": Words(
        "锁定人脸时画面由同伙换成被冒用者",
        "the stream changes from an accomplice to the victim during the face lock",
    ),
    "swap_at_rest": Words(
        "静止时换成被冒用者的脸，动作和光照时露出同伙本人",
        "the victim's face at rest, the accomplice's own for actions and lights",
    ),
    "injected": Words(
        "虚拟摄像头注入的完美画面，曝光应答错误",
        "perfect stream from a virtual camera that answers exposure wrongly",
    ),
    "looped": Words(
        "应答相机的注入画面，空闲时循环播放半秒",
        "stream that answers the camera and loops half a second while nothing is asked",
    ),
    "stale_colours": Words(
        "注入的录像，动作、明暗与曝光均相符，仅颜色是另一次核验的",
        "injected recording in which all fits but the colours, which are another visit's",
    ),
    "clip_head": Words(
        "受屏幕照亮的头部，播放有一个动作不符的片段",
        "head in the screen's light that plays a clip with one other action",
    ),
    "hand_over": Words(
        "硬质头模应对转头和光照，表情时换成屏幕录像",
        "rigid mask for turns and light, exchanged for a screen that blinks or opens its mouth",
    ),
    "rigid_mask": Words(
        "逼真硬质头模，无表情（阴性对照）",
        "lifelike rigid head mask, no expression: negative control",
    ),
}
